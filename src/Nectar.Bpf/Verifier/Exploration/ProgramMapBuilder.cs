// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>Makes the <see cref="ProgramMap"/>, and refuses programs whose shape alone is wrong.</summary>
internal sealed class ProgramMapBuilder
{
    /// <summary>BPF_MAX_SUBPROGS.</summary>
    private const int MaxSubprograms = 256;

    private readonly VerifierInput _input;
    private readonly Instruction[] _code;
    private readonly OpcodeInfo?[] _rows;
    private readonly SlotMarks[] _marks;
    private int[] _starts = [];
    private byte[] _subprogramOf = [];
    private Violation?[]? _flaws;

    private ProgramMapBuilder(VerifierInput input)
    {
        _input = input;
        _code = input.Instructions;
        _rows = new OpcodeInfo?[_code.Length];
        _marks = new SlotMarks[_code.Length];
    }

    /// <exception cref="VerifierStop">The program's shape is wrong.</exception>
    internal static ProgramMap Build(VerifierInput input) => new ProgramMapBuilder(input).Build();

    private ProgramMap Build()
    {
        CheckForm();
        FindSubprograms();
        int count = _starts.Length - 1;
        bool[] global = new bool[count];
        int[] functions = new int[count];
        for (int i = 0; i < count; i++)
        {
            functions[i] = IndexOfFunction(_starts[i]);
            global[i] = i > 0 && functions[i] >= 0 && _input.Functions[functions[i]].IsGlobal;
        }

        CheckJumps();
        FlowCheck flow = new(_input, _code, _rows, _marks, _starts, _subprogramOf);
        flow.Run();
        return new ProgramMap
        {
            Code = _code,
            Rows = _rows,
            Marks = _marks,
            Flaws = _flaws,
            Starts = _starts,
            SubprogramOf = _subprogramOf,
            IsGlobal = global,
            HasTailCall = flow.HasTailCall,
            HasPacketLoad = flow.HasPacketLoad,
            ChangesPacket = flow.ChangesPacket,
            MaySleep = flow.MaySleep,
            StackDepths = new int[count],
            Functions = functions,
            LiveRegisters = RegisterLiveness.Compute(_code, _rows, _starts),
            ExceptionCallback = FindExceptionCallback(),
        };
    }

    private static VerifierStop Stop(ViolationKind kind, int slot, string sentence) =>
        new(new Violation(kind, slot, sentence));

    private void CheckForm()
    {
        if (_code.Length == 0) throw Stop(ViolationKind.EmptyProgram, 0, "the program has no instructions");
        DiagnosticBag problems = new();
        if (!ProgramStructure.Check(_code, problems, StructureChecks.KernelImmediates | StructureChecks.NoIndirect | StructureChecks.Fragment))
        {
            foreach (Diagnostic problem in problems.ToImmutable().OrderBy(static d => d.Instruction ?? 0))
            {
                int slot = problem.Instruction ?? 0;
                if (problem.Code == StructureCodes.ReservedField && IsTolerated(_code[slot])) continue;
                if (!IsForLater(problem.Code, slot)) throw Stop(KindOf(slot, problem.Code), slot, problem.Message);
                _flaws ??= new Violation?[_code.Length];
                _flaws[slot] ??= new Violation(KindOf(slot, problem.Code), slot, problem.Message);
            }
        }

        for (int at = 0; at < _code.Length; at++)
        {
            OpcodeInfo row = OpcodeTable.Find(_code[at]) ?? RowOf(_code[at].Opcode)!;
            _rows[at] = row;
            if (row.Form != OperandForm.Wide) continue;
            if (WideLoadCheck.FlawOf(_input.Maps, _code[at], _code[at + 1]) is { } flaw) throw Stop(ViolationKind.BadMapReference, at, flaw);
            at++;
        }
    }

    /// <summary>Flaws of single instructions matter only where a path leads to them: compilers leave them in code that is never reached.</summary>
    private bool IsForLater(DiagnosticCode code, int slot) =>
        code == StructureCodes.FramePointerWritten || code == StructureCodes.BadRegister || code == StructureCodes.BadImmediate
        || (code == StructureCodes.ReservedField && _code[slot].Class != InstructionClass.Ldx)
        || (code == StructureCodes.UnknownInstruction && _code[slot].Opcode != OpcodeTable.LdImm64 && RowOf(_code[slot].Opcode) is { Operation: not (Operation.CallRegister or Operation.GotoRegister) });

    /// <summary>The kernel does not look at the offset of <c>exit</c>.</summary>
    private static bool IsTolerated(Instruction instruction) =>
        OpcodeTable.Find(instruction) is { Operation: Operation.Exit } row && OpcodeTable.ReservedFieldsAreZero(row, instruction.WithOffset(0));

    /// <summary>Some instruction with an opcode, where the other fields make none; null if there is no such opcode.</summary>
    private static OpcodeInfo? RowOf(byte opcode)
    {
        foreach (OpcodeInfo row in OpcodeTable.Rows)
        {
            if (row.Opcode == opcode) return row;
        }

        return null;
    }

    private ViolationKind KindOf(int slot, DiagnosticCode code) => code == StructureCodes.BadImmediate && _code[slot].Immediate == 0 ? ViolationKind.DivisionByZero : KindOf(code);

    private static ViolationKind KindOf(DiagnosticCode code) =>
        code == StructureCodes.UnknownInstruction ? ViolationKind.UnknownOpcode
        : code == StructureCodes.ReservedField ? ViolationKind.ReservedField
        : code == StructureCodes.BadRegister ? ViolationKind.BadRegister
        : code == StructureCodes.FramePointerWritten ? ViolationKind.FramePointerWrite
        : code == StructureCodes.BadTarget ? ViolationKind.JumpOutOfRange
        : code == StructureCodes.BadWideLoad ? ViolationKind.BadWideLoad
        : code == StructureCodes.FallsOffEnd ? ViolationKind.NoExit
        : ViolationKind.ShiftTooFar;

    private void FindSubprograms()
    {
        SortedSet<int> starts = [0];
        for (int at = 0; at < _code.Length; at++)
        {
            if (_rows[at] is not { } row) continue;
            int target = row.Operation == Operation.CallLocal || (row.Operation == Operation.LdImm64 && (PseudoSource)_code[at].Source == PseudoSource.Function)
                ? at + 1 + _code[at].Immediate
                : -1;
            if (target < 0) continue;
            if (_rows[target] is null) throw Stop(ViolationKind.BadCallTarget, at, $"the call leads to slot {target}, which is inside of a 64-bit load");
            starts.Add(target);
        }

        foreach (InputFunction function in _input.Functions) starts.Add(function.Start);
        if (starts.Count > MaxSubprograms) throw Stop(ViolationKind.TooManyFunctions, 0, $"the program has {starts.Count} functions, at most {MaxSubprograms} are allowed");
        _starts = [.. starts, _code.Length];
        _subprogramOf = new byte[_code.Length];
        for (int i = 0; i < starts.Count; i++) Array.Fill(_subprogramOf, (byte)i, _starts[i], _starts[i + 1] - _starts[i]);
    }

    private int IndexOfFunction(int start)
    {
        for (int i = 0; i < _input.Functions.Count; i++)
        {
            if (_input.Functions[i].Start == start) return i;
        }

        return -1;
    }

    /// <summary>No jump leaves its function, and no function runs into the next.</summary>
    private void CheckJumps()
    {
        for (int at = 0; at < _code.Length; at++)
        {
            if (_rows[at] is not { } row) continue;
            int subprogram = _subprogramOf[at];
            int next = at + (row.Form == OperandForm.Wide ? 2 : 1);
            if (row.IsJump)
            {
                int target = at + 1 + (row.Form == OperandForm.JumpLong ? _code[at].Immediate : _code[at].Offset);
                if (_subprogramOf[target] != subprogram) throw Stop(ViolationKind.JumpOutOfRange, at, $"the jump leads to slot {target}, which belongs to another function");
                if (_rows[target] is null) throw Stop(ViolationKind.JumpIntoConstant, at, $"the jump leads to slot {target}, which is the second half of a 64-bit load");
            }

            if (next == _starts[subprogram + 1] && row.Operation is not (Operation.Exit or Operation.Ja or Operation.JaLong))
            {
                throw Stop(ViolationKind.NoExit, at, "the function's last instruction neither ends it nor jumps");
            }
        }
    }

    /// <summary>The subprogram that the program's entry names as its exception callback by a tag; -1 for none.</summary>
    private int FindExceptionCallback()
    {
        const string Tag = "exception_callback:";
        if (_input.Types is not { } types || _input.Functions.Count == 0 || _input.Functions[0].TypeId == 0) return -1;
        int found = -1;
        for (uint id = types.FirstId == 0 ? 1 : types.FirstId; id < types.Count; id++)
        {
            Btf.BtfType tag = types[id];
            if (tag.Kind != Btf.BtfKind.DeclTag || tag.TypeId != _input.Functions[0].TypeId || tag.ComponentIndex != -1 || !tag.Name.StartsWith(Tag, StringComparison.Ordinal)) continue;
            string name = tag.Name[Tag.Length..];
            if (found >= 0) throw Stop(ViolationKind.ExceptionCallback, 0, "the program names more than one exception callback");
            InputFunction callback = _input.Functions.FirstOrDefault(f => f.Name == name);
            if (callback.Name is null || callback.Start == 0) throw Stop(ViolationKind.ExceptionCallback, 0, $"the exception callback '{name}' is no function of this program");
            if (!callback.IsGlobal) throw Stop(ViolationKind.ExceptionCallback, 0, $"the exception callback '{name}' has to be a global function");
            found = Array.IndexOf(_starts, callback.Start);
        }

        return found;
    }
}
