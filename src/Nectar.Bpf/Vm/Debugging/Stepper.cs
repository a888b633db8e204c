// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>
/// What the stepped interpreter asks before each instruction. Knows where the program is: loops of the interpreter nest when helpers
/// call functions of the program, and within each loop local calls nest; the caller keeps registers and frames, this only their addresses.
/// </summary>
internal sealed unsafe class Stepper
{
    private readonly Dictionary<string, DebugProgram> _programs = new(StringComparer.Ordinal);
    private readonly Activation[] _activations = new Activation[VmState.MaxFrames];
    private readonly ulong[] _arguments = new ulong[VmState.MaxFrames * 5];
    private int _top = -1;
    private int _lastDepth = -1;
    private bool _returned;

    /// <summary>False to run at full speed, unasked.</summary>
    internal bool IsActive { get; set; }

    /// <summary>Called before each instruction; false ends the run.</summary>
    internal Func<bool> Arrived { get; set; } = static () => true;

    /// <summary>Called at a fault, before the run ends.</summary>
    internal Action Faulted { get; set; } = static () => { };

    /// <summary>True while the program is inside a run: only then there are registers.</summary>
    internal bool IsInside { get; private set; }

    /// <summary>Instructions carried out in this run.</summary>
    internal long Step { get; private set; } = -1;

    /// <summary>Calls that the program is in: 0 in the entry function.</summary>
    internal int Depth { get; private set; }

    /// <summary>The program whose instruction is next.</summary>
    internal DebugProgram Program { get; private set; } = null!;

    /// <summary>The instruction that is next.</summary>
    internal int Slot { get; private set; }

    internal VmState* State { get; private set; }

    /// <summary>r0 to r10 of the innermost function.</summary>
    internal ulong* Registers => _activations[_top].Registers;

    /// <summary>The programs by name.</summary>
    internal IEnumerable<DebugProgram> Programs => _programs.Values;

    internal DebugProgram? Find(string name) => _programs.GetValueOrDefault(name);

    /// <summary>The description of a program; of the same code loaded again the same.</summary>
    internal DebugProgram Describe(PreparedProgram prepared)
    {
        if (_programs.TryGetValue(prepared.Linked.Definition.Name, out DebugProgram? known)) return known;
        DebugProgram program = new(prepared);
        _programs.Add(program.Name, program);
        return program;
    }

    /// <summary>A run begins.</summary>
    internal void Reset()
    {
        Step = -1;
        Depth = 0;
        _top = _lastDepth = -1;
        _returned = false;
        Program = null!;
        IsInside = false;
    }

    /// <summary>The run is over: registers and frames are gone.</summary>
    internal void Leave() => IsInside = false;

    internal bool OnInstruction(VmState* state, InterpretedProgram program, Op* op, ulong* r, InterpretedProgram.Frame* frames, InterpretedProgram.Frame* frame)
    {
        if (_top < 0 || _activations[_top].Registers != r) Select(r, frames);
        ref Activation activation = ref _activations[_top];
        activation.Program = program;
        activation.Top = frame;
        activation.Op = op;
        State = state;
        IsInside = true;
        DebugProgram debug = ((SteppedProgram)program).Debug;
        int depth = (int)state->CallDepth;
        int slot = program.SlotOf(op);
        // a callback that is called again and again has no instruction of the caller between
        bool isEntered = depth > _lastDepth || debug != Program || (_returned && depth == _lastDepth && debug.StartsFunction(slot));
        if (isEntered) new ReadOnlySpan<ulong>(r + 1, 5).CopyTo(_arguments.AsSpan(depth * 5));
        _lastDepth = Depth = depth;
        Program = debug;
        Slot = slot;
        Step++;
        _returned = op->Code is OpCode.Exit or OpCode.LdAbs or OpCode.LdInd;
        if (Arrived()) return true;
        state->Fault = FaultKind.Cancelled;
        return false;
    }

    internal void OnFault(VmState* state)
    {
        if (state->Fault is not (FaultKind.Thrown or FaultKind.Cancelled)) Faulted();
    }

    /// <summary>The functions that the program is in, the innermost first.</summary>
    internal List<RawFrame> Frames()
    {
        List<RawFrame> frames = [];
        int depth = Depth;
        for (int i = _top; i >= 0; i--)
        {
            ref Activation activation = ref _activations[i];
            SteppedProgram program = (SteppedProgram)activation.Program!;
            ulong?[] registers = new ulong?[11];
            for (int r = 0; r < 11; r++) registers[r] = activation.Registers[r];
            frames.Add(new RawFrame(program.Debug, program.SlotOf(activation.Op), depth, registers, Arguments(depth), i == _top ? FrameLink.Innermost : FrameLink.Helper));
            depth--;
            for (InterpretedProgram.Frame* frame = activation.Top - 1; frame >= activation.Base; frame--)
            {
                program = (SteppedProgram)ExecutableProgram.FromHeader((ProgramHeader*)frame->Program);
                ulong pointer = registers[10]!.Value + VmState.FrameSize;
                registers = [null, null, null, null, null, null, frame->R6, frame->R7, frame->R8, frame->R9, pointer];
                frames.Add(new RawFrame(program.Debug, program.SlotOf(frame->Return - 1), depth, registers, Arguments(depth), FrameLink.Call));
                depth--;
            }
        }

        return frames;
    }

    private ulong[] Arguments(int depth) => _arguments.AsSpan(depth * 5, 5).ToArray();

    /// <summary>Finds the loop by its registers, which lie on the machine's stack: what lies below a live loop has ended.</summary>
    private void Select(ulong* r, InterpretedProgram.Frame* frames)
    {
        while (_top >= 0 && _activations[_top].Registers < r) _top--;
        if (_top >= 0 && _activations[_top].Registers == r) return;
        _activations[++_top] = new Activation { Registers = r, Base = frames };
    }

    private struct Activation
    {
        internal ulong* Registers;
        internal InterpretedProgram.Frame* Base, Top;
        internal Op* Op;
        internal InterpretedProgram? Program;
    }
}

/// <summary>How a function came to wait.</summary>
internal enum FrameLink : byte
{
    /// <summary>It does not: it is the innermost.</summary>
    Innermost,

    /// <summary>It called the one below.</summary>
    Call,

    /// <summary>It called a helper, which called the one below.</summary>
    Helper,
}

/// <summary>A function that the program is in.</summary>
internal sealed record RawFrame(DebugProgram Program, int Slot, int Depth, ulong?[] Registers, ulong[] Arguments, FrameLink Link);
