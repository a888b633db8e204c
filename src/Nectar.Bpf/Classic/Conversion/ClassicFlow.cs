// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Classic.Conversion;

/// <summary>
/// What is known about each instruction before code is made for it. Jumps only go forward, so every question is answered by
/// one walk, up or down. Jumps to jumps are followed, and all that can only return 0 is one place, <see cref="Fail"/>.
/// </summary>
internal sealed class ClassicFlow
{
    /// <summary>More than any length: nothing but "return 0" can follow.</summary>
    public const long Never = long.MaxValue;

    private const int MemoryWords = ClassicInstruction.MemoryWords;

    private readonly ClassicConversion _conversion;
    private readonly uint[] _indexLimit; // the greatest value of X before each instruction

    public ClassicFlow(ClassicInstruction[] program, ClassicConversion conversion)
    {
        _conversion = conversion;
        Program = program;
        int count = program.Length;
        Infos = Array.ConvertAll(program, c => ClassicOpcodeTable.Find(c.Code)!);
        True = new int[count];
        False = new int[count];
        Reached = new bool[count + 1];
        AccumulatorLive = new bool[count + 1];
        IndexLive = new bool[count + 1];
        Need = new long[count + 1];
        NeedBehindIndex = new long[count + 1];
        _indexLimit = new uint[count];
        Connect();
        Entry = Resolve(0);
        FindLimits();
        FindNeeds();
        DropFailures();
    }

    public ClassicInstruction[] Program { get; }

    public ClassicOpcodeInfo[] Infos { get; }

    /// <summary>The place behind the last instruction that returns 0.</summary>
    public int Fail => Program.Length;

    /// <summary>Where the program starts.</summary>
    public int Entry { get; private set; }

    /// <summary>Where each instruction goes on, conditional jumps if they are taken.</summary>
    public int[] True { get; }

    /// <summary>Where conditional jumps go on that are not taken; the same as <see cref="True"/> for all others.</summary>
    public int[] False { get; }

    /// <summary>Whether code is needed for an instruction.</summary>
    public bool[] Reached { get; }

    /// <summary>Whether A's value before an instruction matters.</summary>
    public bool[] AccumulatorLive { get; }

    /// <summary>Whether X's value before an instruction matters.</summary>
    public bool[] IndexLive { get; }

    /// <summary>A packet that is shorter than this ends with 0, whatever path is taken from an instruction on.</summary>
    public long[] Need { get; }

    /// <summary>The same for the length behind X: a packet shorter than X + this ends with 0. 0 if nothing is known.</summary>
    public long[] NeedBehindIndex { get; }

    /// <summary>The greatest value that X can have before an instruction.</summary>
    public uint IndexLimit(int node) => _indexLimit[node];

    /// <summary>The offset in the packet that an absolute load reads; -1 if the load cannot succeed.</summary>
    public long AbsoluteOffset(int node)
    {
        uint k = Program[node].K;
        long offset = -1;
        if ((int)k >= 0) offset = k;
        else if (_conversion.Semantics == ClassicSemantics.Linux && _conversion.Target == ClassicTarget.Memory)
        {
            if (k >= ClassicAncillaryTable.NetworkBase) offset = (long)(k - ClassicAncillaryTable.NetworkBase) + (_conversion.NetworkOffset ?? int.MinValue);
            else if (k >= ClassicAncillaryTable.LinkBase) offset = (long)(k - ClassicAncillaryTable.LinkBase) + (_conversion.LinkOffset ?? int.MinValue);
        }

        return offset < 0 || offset + Infos[node].Size > int.MaxValue ? -1 : offset;
    }

    /// <summary>True if X + K of an indexed load is a plain sum: it neither wraps nor means something else.</summary>
    public bool IsPlainSum(int node)
    {
        long end = (long)Program[node].K + Infos[node].Size;
        return _conversion.Semantics == ClassicSemantics.Libpcap ? end <= int.MaxValue : _indexLimit[node] + end <= int.MaxValue;
    }

    private void Connect()
    {
        for (int i = Program.Length - 1; i >= 0; i--)
        {
            ClassicInstruction c = Program[i];
            if (Infos[i].IsReturn) True[i] = False[i] = Fail; // not followed
            else if (Infos[i].IsConditional) (True[i], False[i]) = (Resolve(i + 1 + c.JumpTrue), Resolve(i + 1 + c.JumpFalse));
            else True[i] = False[i] = Resolve(Infos[i].Operation == ClassicOperation.Ja ? i + 1 + (int)c.K : i + 1);
        }
    }

    // The first instruction from here on that does something; those behind were connected before.
    private int Resolve(int node)
    {
        ClassicOperation operation = Infos[node].Operation;
        if (operation == ClassicOperation.Ja || (Infos[node].IsConditional && True[node] == False[node])) return True[node];
        return operation == ClassicOperation.RetK && Program[node].K == 0 ? Fail : node;
    }

    // Upper limits of A, X and M[] on every path: a header length is at most 60, a byte at most 255.
    private void FindLimits()
    {
        const int A = MemoryWords, X = MemoryWords + 1, Words = MemoryWords + 2;
        uint[] limits = new uint[(Program.Length + 1) * Words];
        Span<uint> current = stackalloc uint[Words];
        if (Entry < Fail) Reached[Entry] = true; // with all limits 0
        for (int i = 0; i < Program.Length; i++)
        {
            if (!Reached[i]) continue;
            limits.AsSpan(i * Words, Words).CopyTo(current);
            _indexLimit[i] = current[X];
            uint k = Program[i].K;
            switch (Infos[i].Operation)
            {
                case ClassicOperation.LdxImm: current[X] = k; break;
                case ClassicOperation.LdxMsh: current[X] = 60; break;
                case ClassicOperation.LdxMem: current[X] = current[(int)k]; break;
                case ClassicOperation.LdxLen: current[X] = uint.MaxValue; break;
                case ClassicOperation.Tax: current[X] = current[A]; break;
                case ClassicOperation.St: current[(int)k] = current[A]; break;
                case ClassicOperation.Stx: current[(int)k] = current[X]; break;
                case ClassicOperation.LdMem: current[A] = current[(int)k]; break;
                default:
                    if (Infos[i].WritesAccumulator) current[A] = AccumulatorLimit(i, current[A], current[X]);
                    break;
            }

            if (Infos[i].IsReturn) continue;
            Merge(True[i], current);
            Merge(False[i], current);
        }

        void Merge(int target, ReadOnlySpan<uint> values)
        {
            Reached[target] = true;
            Span<uint> known = limits.AsSpan(target * Words, Words);
            for (int w = 0; w < Words; w++) known[w] = Math.Max(known[w], values[w]);
        }
    }

    private uint AccumulatorLimit(int node, uint a, uint x)
    {
        ClassicInstruction c = Program[node];
        ulong limit = Infos[node].Operation switch
        {
            ClassicOperation.LdImm => c.K,
            ClassicOperation.Txa => x,
            ClassicOperation.LdAbsB or ClassicOperation.LdIndB when (int)c.K >= 0 => byte.MaxValue,
            ClassicOperation.LdAbsH or ClassicOperation.LdIndH when (int)c.K >= 0 => ushort.MaxValue,
            ClassicOperation.AndK => Math.Min(a, c.K),
            ClassicOperation.AndX => Math.Min(a, x),
            ClassicOperation.AddK => (ulong)a + c.K,
            ClassicOperation.AddX => (ulong)a + x,
            ClassicOperation.LshK => (ulong)a << (int)c.K,
            ClassicOperation.RshK => a >> (int)c.K,
            ClassicOperation.RshX or ClassicOperation.DivX => a,
            ClassicOperation.DivK => a / c.K,
            ClassicOperation.ModK => Math.Min(a, c.K - 1),
            ClassicOperation.MulK => (ulong)a * c.K,
            ClassicOperation.MulX => (ulong)a * x,
            _ => uint.MaxValue,
        };
        return limit > uint.MaxValue ? uint.MaxValue : (uint)limit;
    }

    private void FindNeeds()
    {
        Need[Fail] = NeedBehindIndex[Fail] = Never;
        for (int i = Program.Length - 1; i >= 0; i--)
        {
            ClassicOpcodeInfo info = Infos[i];
            int next = True[i], other = False[i];
            if (info.IsReturn)
            {
                AccumulatorLive[i] = info.Operation == ClassicOperation.RetA;
                continue; // what A holds is not known: no length is needed for sure
            }

            long need = Math.Min(Need[next], Need[other]), behind = Math.Min(NeedBehindIndex[next], NeedBehindIndex[other]);
            bool a = AccumulatorLive[next] || AccumulatorLive[other], x = IndexLive[next] || IndexLive[other];
            bool ancillary = ConversionLimits.IsAncillary(Program[i], info, _conversion.Semantics, out ClassicAncillary value);
            bool xor = ancillary && value == ClassicAncillary.XorX;
            bool mayEndWithA = ancillary && value is ClassicAncillary.InterfaceIndex;
            if (mayEndWithA) (need, behind) = (0, 0);
            if (info.WritesIndex)
            {
                x = false;
                if (behind != Never)
                {
                    need = Math.Max(need, behind + (info.Operation == ClassicOperation.LdxImm && behind > 0 ? Program[i].K : 0L)); // X is not negative
                    behind = 0;
                }
            }

            if (info.WritesAccumulator) a = false;
            if (info.Size > 0 && !ancillary) AddAccess(i, info, ref need, ref behind);
            if (need == Never || behind == Never) need = behind = Never;
            else need = Math.Max(need, behind);
            Need[i] = need;
            NeedBehindIndex[i] = behind;
            AccumulatorLive[i] = a || info.ReadsAccumulator || xor || mayEndWithA;
            IndexLive[i] = x || info.ReadsIndex || xor;
        }
    }

    private void AddAccess(int node, ClassicOpcodeInfo info, ref long need, ref long behind)
    {
        if (info.Operand == ClassicOperand.Indirect)
        {
            bool plain = IsPlainSum(node);
            long end = (long)Program[node].K + info.Size;
            if (plain) behind = Math.Max(behind, end);
            else if (_conversion.Semantics == ClassicSemantics.Libpcap) need = Never; // beyond any packet
            return;
        }

        long offset = AbsoluteOffset(node);
        bool headerRelative = (int)Program[node].K < 0 && _conversion.Target == ClassicTarget.SocketBuffer && _conversion.Semantics == ClassicSemantics.Linux;
        if (offset >= 0) need = Math.Max(need, offset + info.Size);
        else if (!headerRelative) need = Never;
    }

    // All that can only end with 0 becomes Fail; then what is still reached is counted again.
    private void DropFailures()
    {
        if (Need[Entry] == Never) Entry = Fail;
        Array.Clear(Reached);
        Reached[Entry] = true;
        for (int i = 0; i < Program.Length; i++)
        {
            if (!Reached[i] || Infos[i].IsReturn) continue;
            if (Need[True[i]] == Never) True[i] = Fail;
            if (Need[False[i]] == Never) False[i] = Fail;
            Reached[True[i]] = Reached[False[i]] = true;
        }
    }
}
