// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>A jump that waits for the place of its target.</summary>
/// <param name="Field">Offset of the rel8 or rel32 field.</param>
/// <param name="IsShort">True for rel8.</param>
/// <param name="Slot">The slot that has the jump.</param>
/// <param name="Target">Target slot, or a label: the complement of its number.</param>
internal readonly record struct Fixup(int Field, bool IsShort, int Slot, int Target);

/// <summary>
/// Everything that the emitters of one compilation share: program, analysis, machine code so far, and jumps to be patched.
/// Kept per thread and reused, so that compiling a small program allocates next to nothing.
/// </summary>
internal sealed class JitBuilder
{
    /// <summary>Registers that no BPF register lives in and that no emitter keeps anything in across instructions.</summary>
    internal const Gpr Scratch = Gpr.R10, Scratch2 = Gpr.R9;

    /// <summary>Holds the fuel in programs with loops where fuel is counted.</summary>
    internal const Gpr FuelRegister = Gpr.R11;

    /// <summary>Slots that take some microseconds.</summary>
    private const int ShortRun = 20_000;

    private static readonly Gpr[] s_registers =
    [
        Gpr.Rax, Gpr.Rdi, Gpr.Rsi, Gpr.Rdx, Gpr.Rcx, Gpr.R8, Gpr.Rbx, Gpr.R13, Gpr.R14, Gpr.R15, Gpr.Rbp,
    ];

    private readonly List<ColdPath> _cold = new(64);
    private Fixup[] _fixups = new Fixup[64];
    private int _fixupCount;
    private int[] _labels = new int[64];
    private int _labelCount;
    private bool _onlyLong;

    internal X64Emitter X { get; } = new(1 << 16);

    internal JitAnalysis Analysis { get; } = new();

    internal AccessCover Cover { get; } = new();

    internal RegionSlotMap Regions { get; } = new();

    internal PreparedProgram Program { get; private set; } = null!;

    internal Instruction[] Code { get; private set; } = [];

    /// <summary>True to test accesses.</summary>
    internal bool IsChecked { get; private set; }

    /// <summary>True to count fuel.</summary>
    internal bool CountsFuel { get; private set; }

    /// <summary>True if fuel lives in <see cref="FuelRegister"/>; else it is counted in memory.</summary>
    internal bool FuelInRegister { get; private set; }

    /// <summary>Holds the address of the <see cref="VmState"/>.</summary>
    internal Gpr State { get; private set; }

    /// <summary>Code that several places share; made when first used.</summary>
    internal SharedStubs Stubs { get; } = new();

    /// <summary>Machine offset of each slot, -1 for slots fused into an earlier one.</summary>
    internal int[] Offsets { get; private set; } = [];

    /// <summary>Jumps that have to be long: an attempt with a short one failed.</summary>
    internal HashSet<int> LongJumps { get; } = [];

    /// <summary>The slot that is emitted now.</summary>
    internal int Slot { get; set; }

    /// <summary>The function that is emitted now.</summary>
    internal FunctionFrame Frame { get; set; } = new();

    /// <summary>What all entries of the program save.</summary>
    internal FunctionFrame EntrySaved { get; } = new();

    /// <summary>True if the entries need eight more bytes to align the stack.</summary>
    internal bool EntryPadding { get; set; }

    /// <summary>True if nothing in the program calls its first function, which then needs no frame of its own.</summary>
    internal bool IsEntryMerged { get; private set; }

    /// <summary>True for one function that calls nothing: its depth on the machine stack is known everywhere.</summary>
    internal bool IsLeaf { get; private set; }

    /// <summary>Slots that a run of a program with loops goes over at most, 0 for programs without, <see cref="long.MaxValue"/> if not known.</summary>
    internal long LongestRun { get; private set; }

    /// <summary>True if a run cannot hold up the garbage collector: nothing is called, and loops are few turns.</summary>
    internal bool IsShort => IsLeaf && LongestRun < ShortRun;

    /// <summary>True if a run that was given up half-way can be started again: short, and nothing is written but the stack.</summary>
    internal bool IsRepeatable => IsShort && IsChecked && !Analysis.WritesMemory;

    /// <summary>The head of the program in native memory, for <see cref="VmState.Program"/>.</summary>
    internal nint Header { get; private set; }

    /// <summary>Where a run starts.</summary>
    internal int MainEntry { get; set; }

    /// <summary>Where functions are entered from helpers.</summary>
    internal int[] CallbackEntries { get; private set; } = [];

    /// <summary>True if a shorter jump than its distance allows was written.</summary>
    internal bool JumpsFailed { get; private set; }

    internal static Gpr Map(int register) => s_registers[register];

    internal Gpr Dst => s_registers[Code[Slot].Destination];

    internal Gpr Src => s_registers[Code[Slot].Source];

    internal void Start(PreparedProgram program, nint header, bool isChecked, bool countsFuel)
    {
        Header = header;
        Program = program;
        Code = program.Instructions;
        IsChecked = isChecked;
        CountsFuel = countsFuel;
        Analysis.Run(program, isChecked);
        IsEntryMerged = program.FunctionStarts.Length == 1 && !Analysis.CallsFunctions;
        FuelInRegister = countsFuel && Analysis.HasBackJumps;
        IsLeaf = IsEntryMerged && !Analysis.HasCalls;
        LongestRun = !Analysis.HasBackJumps ? 0 : IsLeaf ? LoopBounds.LongestRun(program, Analysis) : long.MaxValue;
        State = IsLeaf && !FuelInRegister ? Gpr.R11 : Gpr.R12;
        if (Offsets.Length < Code.Length + 1) Offsets = new int[Math.Max(256, Code.Length + 1)];
        if (CallbackEntries.Length < program.FunctionStarts.Length) CallbackEntries = new int[program.FunctionStarts.Length];
        _onlyLong = false;
        LongJumps.Clear();
        Regions.Start(this);
    }

    /// <summary>Begins a pass over the program; a second pass follows if a short jump did not reach.</summary>
    internal void StartPass()
    {
        X.Clear();
        Offsets.AsSpan(0, Code.Length + 1).Fill(-1);
        _fixupCount = 0;
        _labelCount = 0;
        _cold.Clear();
        JumpsFailed = false;
        Cover.Clear();
        Stubs.Start(this);
        foreach (int _ in Program.FunctionStarts) NewLabel();
    }

    /// <summary>The label in front of the prologue of the function that starts at a slot.</summary>
    internal int BodyLabel(int start) => ~Array.BinarySearch(Program.FunctionStarts, start);

    /// <summary>The slot of the program as it was given; another one where code was duplicated.</summary>
    internal int Original(int slot) => slot;

    /// <summary>Gives up guessing the length of jumps forward.</summary>
    internal void UseLongJumps() => _onlyLong = true;

    /// <summary>Makes a label: a place that is no slot.</summary>
    internal int NewLabel()
    {
        if (_labelCount == _labels.Length) Array.Resize(ref _labels, _labelCount * 2);
        _labels[_labelCount] = -1;
        return ~_labelCount++;
    }

    internal void Place(int label) => _labels[~label] = X.Position;

    internal bool IsPlaced(int label) => _labels[~label] >= 0;

    internal int PositionOf(int target) => target >= 0 ? Offsets[target] : _labels[~target];

    /// <summary>A conditional jump to a slot or label, short if that can be known or guessed.</summary>
    internal void Jump(Condition condition, int target)
    {
        if (ChooseShort(target, 2))
        {
            X.Byte(0x70 | (int)condition);
            Field(target, true);
        }
        else
        {
            X.Byte(0x0f);
            X.Byte(0x80 | (int)condition);
            Field(target, false);
        }
    }

    /// <summary>A jump to a slot or label.</summary>
    internal void Jump(int target)
    {
        if (ChooseShort(target, 2))
        {
            X.Byte(0xeb);
            Field(target, true);
        }
        else
        {
            X.Byte(0xe9);
            Field(target, false);
        }
    }

    /// <summary>A call of a slot or label.</summary>
    internal void Call(int target)
    {
        X.Byte(0xe8);
        Field(target, false);
    }

    /// <summary>A jump over a few instructions that the caller emits next, to a label that is certainly near.</summary>
    internal void JumpNear(Condition condition, int label)
    {
        X.Byte(0x70 | (int)condition);
        Field(label, true);
    }

    /// <summary>A jump over a few instructions.</summary>
    internal void JumpNear(int label)
    {
        X.Byte(0xeb);
        Field(label, true);
    }

    /// <summary>A conditional jump to code out of line.</summary>
    internal void JumpCold(Condition condition, int label)
    {
        X.Byte(0x0f);
        X.Byte(0x80 | (int)condition);
        Field(label, false);
    }

    /// <summary>Adds code to be emitted behind the program.</summary>
    internal void AddCold(ColdPath path) => _cold.Add(path);

    internal void EmitCold()
    {
        for (int i = 0; i < _cold.Count; i++)
        {
            X.Reserve();
            _cold[i].Emit(this);
        }
    }

    /// <summary>Fills in all distances. False if a short jump did not reach: it is noted, and another pass will do.</summary>
    internal bool Resolve()
    {
        for (int i = 0; i < _fixupCount; i++)
        {
            Fixup fixup = _fixups[i];
            if (!X.Patch(fixup.Field, fixup.IsShort, PositionOf(fixup.Target)))
            {
                LongJumps.Add(fixup.Slot);
                JumpsFailed = true;
            }
        }

        return !JumpsFailed;
    }

    private bool ChooseShort(int target, int length)
    {
        int position = PositionOf(target);
        if (position >= 0) return position - (X.Position + length) >= -128;
        if (target < 0 || target <= Slot || _onlyLong || LongJumps.Contains(Slot)) return false;
        return Analysis.EstimateSize(Slot, target) <= 120;
    }

    private void Field(int target, bool isShort)
    {
        if (_fixupCount == _fixups.Length) Array.Resize(ref _fixups, _fixupCount * 2);
        _fixups[_fixupCount++] = new Fixup(X.Position, isShort, Slot, target);
        if (isShort) X.Byte(0);
        else X.Int32(0);
    }
}
