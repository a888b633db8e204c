// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Lowering;

/// <summary>Memory of a program: slots of the frame, scratch bytes per processor, reads of the kernel's and of processes' memory.</summary>
internal sealed class MemoryLowering(ProbeLowering probe)
{
    /// <summary>Larger objects are not in the frame.</summary>
    private const int LargestInFrame = 64;

    /// <summary>Bytes of slots that a program and its callbacks share; the rest of the 512 is for registers that are kept over calls.</summary>
    private const int FrameBudget = 288;

    private int _scratchIndex = -1;
    private int _scratchUsed;
    private int _frameUsed;

    private IrBuilder Builder => probe.Builder;

    /// <summary>Room for an object: in the frame if it is small, else scratch. Not zeroed. Given back by <see cref="Release"/>.</summary>
    public Value Allocate(int size)
    {
        int rounded = Math.Max(8, (size + 7) & -8);
        if (rounded > Math.Max(LargestInFrame, probe.Config.OnStackLimit) || _frameUsed + rounded > FrameBudget) return Scratch(rounded);
        _frameUsed += rounded;
        return Builder.StackSlot(rounded, 8, "object");
    }

    /// <summary>A slot for a register's value.</summary>
    public Value Slot(string name) => Builder.StackSlot(8, 8, name);

    /// <summary>Scratch bytes per processor, aligned to 8; not zeroed.</summary>
    public Value Scratch(int size) => ScratchAt(TakeScratch(size));

    /// <summary>Where the next scratch bytes come from: give it to <see cref="Release"/> when what was allocated since is dead.</summary>
    public int Mark() => _scratchUsed;

    public void Release(int mark) => _scratchUsed = mark;

    /// <summary>Sets scratch bytes aside; the offset.</summary>
    public int TakeScratch(int size)
    {
        if (_scratchIndex < 0) _scratchIndex = probe.Script.AddScratch();
        int offset = _scratchUsed;
        _scratchUsed += (size + 7) & -8;
        probe.Script.GrowScratch(_scratchIndex, _scratchUsed);
        return offset;
    }

    /// <summary>A pointer to scratch bytes in the function that is being made.</summary>
    public Value ScratchAt(int offset) => Builder.Offset(ScratchBase(), offset);

    /// <summary>A scalar or bytes at an address that can be read directly.</summary>
    public Operand Load(Value pointer, TraceType type, long offset = 0)
    {
        if (!type.IsScalar) return Operand.Memory(type, Builder.Offset(pointer, offset));
        return Operand.Scalar(type, Builder.Load(IrType.I64, pointer, Math.Max(1, type.Size), offset, type.IsSigned && type.Size < 8));
    }

    /// <summary>Reads a scalar or bytes of the kernel or a process: into the frame or scratch; zero where it cannot be read, which is counted.</summary>
    public Operand Read(Value address, TraceType type, AddressSpace space)
    {
        Value to = type.IsScalar ? ReadSlot() : Allocate(type.Size);
        ReadInto(to, address, type.Size, space);
        return Load(to, type with { Space = type.Kind == TypeKind.Pointer ? type.Space : AddressSpace.None });
    }

    /// <summary>Reads bytes of the kernel or a process; zero where they cannot be read, which is counted.</summary>
    public void ReadInto(Value to, Value address, int size, AddressSpace space)
    {
        int helper = HelperFor(space);
        Value result = probe.Call(helper, to, Builder.I64(size), address);
        probe.CheckHelper(result, HelperTargets.Find(helper)!.Name, probe.Where, LossCause.ReadFailed);
    }

    /// <summary>A slot for a value that is read and taken at once; the function has one.</summary>
    public Value ReadSlot()
    {
        FunctionFrame frame = probe.Frame;
        return frame.Addresses.TryGetValue(this, out Value? slot) ? slot : frame.Addresses[this] = Builder.StackSlot(8, 8, "(read)");
    }

    /// <summary>The helper that reads bytes of a space; the one for any space looks at the address.</summary>
    private static int HelperFor(AddressSpace space) => space switch
    {
        AddressSpace.User => Helper.ProbeReadUser,
        AddressSpace.Kernel => Helper.ProbeReadKernel,
        _ => Helper.ProbeRead,
    };

    private Value ScratchBase()
    {
        FunctionFrame frame = probe.Frame;
        if (frame.ScratchBase is not null) return frame.ScratchBase;
        if (_scratchIndex < 0) _scratchIndex = probe.Script.AddScratch();
        IrBuilder front = new(frame.Function) { Block = frame.Front };
        Value key = front.StackSlot(4, 4, "(scratch)");
        Value index = front.I64(_scratchIndex);
        if (probe.Script.Options.HasLargeScratch)
            index = front.Binary(Op.Add, front.Call(HelperTargets.Find(Helper.GetProcessorId)!, IrType.I64), front.I64((long)_scratchIndex * probe.Script.Options.PossibleProcessors));
        front.Store(key, index, 4);
        Value found = front.Call(HelperTargets.Find(Helper.MapLookup)!, IrType.Pointer, front.Map(probe.Script.ScratchMap!), key);
        Block after = frame.Function.NewBlock();
        front.Branch(front.Compare(Op.NotEqual, found, front.Null()), after, frame.Exit);
        frame.Front = after;
        return frame.ScratchBase = found;
    }
}
