// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>
/// What the emitters want to know about a program, found in a few linear passes over flat arrays: jump targets, loop heads,
/// which registers are live behind each slot, roughly how long the machine code of each slot is.
/// </summary>
internal sealed class JitAnalysis
{
    private const ushort Arguments = 0b111110;
    private const ushort CallerSaved = 0b111111;
    private const int MaximumPasses = 12;

    private ushort[] _uses = [];
    private ushort[] _sets = [];
    private ushort[] _live = [];
    private int[] _targets = [];
    private byte[] _loopAlignment = [];
    private int[] _size = [];

    /// <summary>True if a jump goes backwards.</summary>
    internal bool HasBackJumps { get; private set; }

    /// <summary>True if anything is called: helpers, functions, kernel functions.</summary>
    internal bool HasCalls { get; private set; }

    /// <summary>True if helpers or kernel functions are called.</summary>
    internal bool HasHelperCalls { get; private set; }

    /// <summary>True if functions of the program are called, directly or through a register.</summary>
    internal bool CallsFunctions { get; private set; }

    /// <summary>True if there is an access that has to be tested in the checked regime.</summary>
    internal bool TestsAccesses { get; private set; }

    /// <summary>True if anything but the stack may be written, or there are atomics.</summary>
    internal bool WritesMemory { get; private set; }

    /// <summary>Bit r: register r is written somewhere.</summary>
    internal int Written { get; private set; }

    /// <summary>Bit r: register r is read or written somewhere.</summary>
    internal int Touched { get; private set; }

    /// <summary>Bit r: register r may be read before it is written.</summary>
    internal int LiveAtEntry { get; private set; }

    /// <summary>The registers that may be read after a slot has run.</summary>
    internal int LiveAfter(int slot) => _live[slot];

    internal bool IsLive(int register, int slot) => ((_live[slot] >> register) & 1) != 0;

    /// <summary>The slot that a jump goes to; -1 for other instructions.</summary>
    internal int Target(int slot) => _targets[slot];

    /// <summary>
    /// How to align a slot that is jumped back to, else 0. Loops of one straight piece gain from starting on 32 bytes; in others
    /// what lies where depends on too much.
    /// </summary>
    internal int LoopAlignment(int slot) => _loopAlignment[slot];

    internal int Sets(int slot) => _sets[slot];

    internal int Uses(int slot) => _uses[slot];

    /// <summary>About how many bytes of code lie between two slots.</summary>
    internal int EstimateSize(int from, int to) => _size[to] - _size[from];

    internal void Run(PreparedProgram program, bool isChecked)
    {
        int count = program.Instructions.Length;
        if (_uses.Length < count + 1)
        {
            int capacity = Math.Max(256, count + 1);
            _uses = new ushort[capacity];
            _sets = new ushort[capacity];
            _live = new ushort[capacity];
            _targets = new int[capacity];
            _loopAlignment = new byte[capacity];
            _size = new int[capacity];
        }

        _loopAlignment.AsSpan(0, count + 1).Clear();
        HasBackJumps = HasCalls = HasHelperCalls = CallsFunctions = false;
        WritesMemory = TestsAccesses = false;
        Written = Touched = 0;
        Scan(program, count, isChecked);
        FindLiveRegisters(program, count);
    }

    private void Scan(PreparedProgram program, int count, bool isChecked)
    {
        Instruction[] code = program.Instructions;
        int size = 0, lastJump = -1;
        for (int i = 0; i < count; i++)
        {
            _size[i] = size;
            OpcodeInfo? row = program.Rows[i];
            if (row is null)
            {
                _uses[i] = _sets[i] = 0;
                _targets[i] = -1;
                continue;
            }

            Instruction instruction = code[i];
            int uses = 0, sets = 0, target = -1;
            int dst = 1 << instruction.Destination, src = 1 << instruction.Source;
            size += 5;
            switch (row.Form)
            {
                case OperandForm.DstImm:
                case OperandForm.Dst:
                    if (row.ReadsDestination) uses = dst;
                    sets = dst;
                    if (row.Operation is Operation.Div or Operation.Mod or Operation.SDiv or Operation.SMod) size += 40;
                    break;
                case OperandForm.DstSrc:
                    uses = row.ReadsDestination ? dst | src : src;
                    sets = dst;
                    if (row.Operation is Operation.Div or Operation.Mod or Operation.SDiv or Operation.SMod) size += 50;
                    break;
                case OperandForm.Wide:
                    sets = dst;
                    size += 5;
                    CallsFunctions |= instruction.Source == (int)PseudoSource.Function;
                    break;
                case OperandForm.LoadMem:
                    uses = src;
                    sets = dst;
                    size += AccessSize(program.Access[i]);
                    break;
                case OperandForm.StoreImm:
                    uses = dst;
                    size += 6 + AccessSize(program.Access[i]);
                    break;
                case OperandForm.StoreReg:
                    uses = dst | src;
                    size += AccessSize(program.Access[i]);
                    if (row.IsAtomic)
                    {
                        size += 40;
                        if (row.Operation == Operation.LoadAcquire)
                        {
                            uses = src;
                            sets = dst;
                        }
                        else if (row.Operation == Operation.AtomicCmpXchg)
                        {
                            uses |= 1;
                            sets = 1;
                        }
                        else if (row.WritesSource)
                        {
                            sets = src;
                        }
                    }

                    break;
                case OperandForm.Jump:
                    target = i + 1 + instruction.Offset;
                    if (row.Operation == Operation.MayGoto) size += 14;
                    break;
                case OperandForm.JumpLong:
                    target = i + 1 + instruction.Immediate;
                    break;
                case OperandForm.DstImmJump:
                    uses = dst;
                    target = i + 1 + instruction.Offset;
                    size += 8;
                    break;
                case OperandForm.DstSrcJump:
                    uses = dst | src;
                    target = i + 1 + instruction.Offset;
                    size += 4;
                    break;
                case OperandForm.Call:
                    uses = Arguments;
                    sets = CallerSaved;
                    size += 200;
                    if (row.Operation != Operation.CallLocal && InlineHelpers.NeverCalls(program, i, isChecked)) break;
                    HasCalls = true;
                    HasHelperCalls |= row.Operation != Operation.CallLocal;
                    CallsFunctions |= row.Operation == Operation.CallLocal;
                    break;
                case OperandForm.Register:
                    uses = Arguments | dst;
                    sets = CallerSaved;
                    size += 200;
                    HasCalls = HasHelperCalls = CallsFunctions = true;
                    break;
                case OperandForm.PacketAbs:
                case OperandForm.PacketInd:
                    if (row.Form == OperandForm.PacketInd) uses = src;
                    sets = CallerSaved;
                    size += 60;
                    HasCalls = true;
                    break;
                default:
                    uses = 1;
                    size += 16;
                    break;
            }

            TestsAccesses |= program.Access[i] == AccessKind.Unknown || (row.IsAtomic && !program.IsVerified);
            WritesMemory |= row.IsAtomic || (row.WritesMemory && program.Access[i] != AccessKind.Stack);
            _uses[i] = (ushort)uses;
            _sets[i] = (ushort)sets;
            _targets[i] = target;
            Written |= sets;
            Touched |= uses | sets;
            if (target >= 0 && target <= i)
            {
                int alignment = lastJump < target ? 32 : 16;
                _loopAlignment[target] = (byte)alignment;
                HasBackJumps = true;
                size += alignment;
            }

            if (target >= 0) lastJump = i;
        }

        _size[count] = size;
    }

    private static int AccessSize(AccessKind kind) => kind == AccessKind.Unknown ? 30 : 5;

    /// <summary>Backward data flow; loops need more passes, and a program that needs very many gets "everything is live".</summary>
    private void FindLiveRegisters(PreparedProgram program, int count)
    {
        // _live holds what is live before a slot until the last step turns it into what is live behind it.
        Span<ushort> live = _live.AsSpan(0, count + 1);
        live.Clear();
        bool changed = true;
        for (int pass = 0; changed && pass < MaximumPasses; pass++)
        {
            changed = false;
            int next = 0;
            for (int i = count - 1; i >= 0; i--)
            {
                int behind = Behind(program, i, next);
                int before = (behind & ~_sets[i]) | _uses[i];
                if (before != live[i])
                {
                    changed |= _loopAlignment[i] != 0;
                    live[i] = (ushort)before;
                }

                next = before;
            }
        }

        if (changed)
        {
            live.Fill(0x7ff);
            LiveAtEntry = 0;
            return;
        }

        LiveAtEntry = live[0];
        int following = 0;
        for (int i = 0; i < count; i++)
        {
            following = i + 1 < count ? live[i + 1] : 0;
            live[i] = (ushort)BehindForward(program, i, following);
        }
    }

    private int Behind(PreparedProgram program, int slot, int next)
    {
        int target = _targets[slot];
        if (target < 0) return program.Rows[slot]?.Operation == Operation.Exit ? 0 : next;
        int atTarget = _live[target];
        return program.Rows[slot]!.IsConditionalJump ? next | atTarget : atTarget;
    }

    /// <summary>In the forward pass slots before this one have been converted already, so backward targets are recomputed from it.</summary>
    private int BehindForward(PreparedProgram program, int slot, int next)
    {
        int target = _targets[slot];
        if (target < 0) return program.Rows[slot]?.Operation == Operation.Exit ? 0 : next;
        int atTarget = target >= slot ? _live[target] : (_live[target] & ~_sets[target]) | _uses[target];
        return program.Rows[slot]!.IsConditionalJump ? next | atTarget : atTarget;
    }
}
