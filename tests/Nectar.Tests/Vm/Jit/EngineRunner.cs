// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Jit;
using Xunit;

namespace Nectar.Tests.Vm.Jit;

/// <summary>How a run ended. Both engines get the same memory at the same place, so that addresses compare too.</summary>
public sealed record RunOutcome(ulong Result, FaultKind Fault, int Instruction, ulong Address, uint Size, string Memory)
{
    public override string ToString() => $"r0=0x{Result:x} fault={Fault} at {Instruction} address=0x{Address:x} size=0x{Size:x} memory={Memory}";
}

/// <summary>Runs code on one engine with plain memory as its context.</summary>
internal sealed unsafe class EngineRunner : IDisposable
{
    private readonly VmHost _host = new(new VmOptions { RandomSeed = 1 });
    private readonly RunSession _session;
    private readonly byte* _memory;
    private readonly int _size;

    public EngineRunner(int memorySize, long fuel = 0, IReadOnlyList<VmMap>? maps = null)
    {
        _session = new RunSession(_host) { FuelLimit = fuel };
        _size = memorySize;
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(64, memorySize), 64);
        ulong start = (ulong)_memory;
        ulong end = start + (ulong)memorySize;
        MemoryRange[] granted = memorySize > 0 ? [new MemoryRange(start, end, new MapRegion(start, (ulong)memorySize, 0, 0, 0, false), null, "memory")] : [];
        _host.Publish(maps ?? [], granted);
    }

    /// <summary>Prepares bare code.</summary>
    public static PreparedProgram Prepare(Instruction[] code, PrepareOptions? options = null, ProgramType type = default)
    {
        FunctionDefinition entry = new() { Name = "main", Section = "test", Instructions = code };
        LinkedProgram linked = new()
        {
            Definition = new ProgramDefinition { Name = "main", Section = "test", Type = type, Entry = entry },
            Instructions = code,
            Functions = [new LinkedFunction("main", 0, code.Length, entry)],
            Lines = [],
            Externs = [],
            CoreRelocations = [],
        };
        return ProgramPreparer.Prepare(linked, options ?? new PrepareOptions { Context = ContextTable.For(type) });
    }

    /// <summary>Runs code on the interpreter and on the JIT and asserts that nothing differs.</summary>
    public static RunOutcome AssertSame(Instruction[] code, byte[]? memory = null, bool isChecked = true, long fuel = 0, string? because = null)
    {
        PreparedProgram prepared = Prepare(code);
        int size = memory?.Length ?? 0;
        using EngineRunner runner = new(size, fuel);
        RunOutcome expected, actual;
        using (ExecutableProgram interpreter = InterpreterEngine.Instance.Compile(prepared, new EngineSettings(isChecked))) expected = runner.Run(interpreter, memory);
        using (ExecutableProgram jit = JitEngine.Instance.Compile(prepared, new EngineSettings(isChecked))) actual = runner.Run(jit, memory);
        Assert.True(expected == actual, $"{because}\ninterpreter {expected}\njit         {actual}\nchecked={isChecked}\n" + string.Join('\n', code.Take(400).Select((c, i) => $"{i}: {OpcodeTable.Find(c)} {c}")));
        return actual;
    }

    /// <summary>Runs a program that uses maps on both engines.</summary>
    public static RunOutcome AssertSame(Instruction[] code, IReadOnlyList<VmMap> maps, byte[]? memory, bool isChecked)
    {
        PreparedProgram prepared = Prepare(code, new PrepareOptions { Context = ContextTable.Memory, Maps = maps });
        using EngineRunner runner = new(memory?.Length ?? 0, 0, maps);
        RunOutcome expected, actual;
        using (ExecutableProgram interpreter = InterpreterEngine.Instance.Compile(prepared, new EngineSettings(isChecked))) expected = runner.Run(interpreter, memory);
        using (ExecutableProgram jit = JitEngine.Instance.Compile(prepared, new EngineSettings(isChecked))) actual = runner.Run(jit, memory);
        Assert.Equal(expected, actual);
        return actual;
    }

    /// <summary>Runs an XDP program over a packet on both engines; ingress_ifindex is 5.</summary>
    public static RunOutcome AssertSameXdp(Instruction[] code, byte[] packet, bool isChecked)
    {
        PreparedProgram prepared = Prepare(code, type: ProgramType.Xdp);
        using EngineRunner runner = new(packet.Length);
        runner._session.Layout = ContextTable.Xdp;
        uint* context = stackalloc uint[8];
        new Span<uint>(context, 8).Clear();
        context[3] = 5;
        RunOutcome expected, actual;
        using (ExecutableProgram interpreter = InterpreterEngine.Instance.Compile(prepared, new EngineSettings(isChecked))) expected = runner.Run(interpreter, packet, (nint)context);
        using (ExecutableProgram jit = JitEngine.Instance.Compile(prepared, new EngineSettings(isChecked))) actual = runner.Run(jit, packet, (nint)context);
        Assert.Equal(expected, actual);
        return actual;
    }

    public RunOutcome Run(ExecutableProgram program, byte[]? memory, nint context = 0)
    {
        VmState* state = _session.State;
        memory?.CopyTo(new Span<byte>(_memory, _size));
        NativeMemory.Clear((void*)state->StackLow, VmState.MaxFrames * VmState.FrameSize);
        state->Fault = FaultKind.None;
        state->FaultInstruction = -1;
        state->FaultAddress = 0;
        state->FaultSize = 0;
        state->TailCalls = 0;
        state->CallDepth = 0;
        state->PacketStart = state->PacketMeta = (ulong)_memory;
        state->PacketEnd = (ulong)_memory + (ulong)_size;
        state->ResetSlots();
        _session.StartFuel(state);
        state->Context = (ulong)context;
        state->ContextSize = context != 0 ? (ulong)ContextTable.Xdp.Size : 0;
        ulong result = context != 0 ? program.Run(state, (ulong)context, 0) : program.Run(state, (ulong)_memory, (ulong)_size);
        bool failed = state->Fault is not (FaultKind.None or FaultKind.Thrown);
        return new RunOutcome(failed ? 0 : result, state->Fault, state->FaultInstruction, state->FaultAddress, state->FaultSize, Convert.ToHexString(new Span<byte>(_memory, _size)));
    }

    public void Dispose()
    {
        _session.Dispose();
        NativeMemory.AlignedFree(_memory);
    }
}
