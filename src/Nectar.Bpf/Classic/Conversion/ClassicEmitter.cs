// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Classic.Conversion;

/// <summary>
/// Makes the code: every reached instruction in order, then the one place that returns 0. Over plain memory a bounds check
/// asks at once for all that the paths from there need anyway, and is left out where the paths to there have asked before.
/// </summary>
internal sealed class ClassicEmitter
{
    private const int Alu32 = 0x04, Alu64 = 0x07, FromRegister = 0x08, Mov = 0xb0, AddOp = 0x00, AndOp = 0x50, LshOp = 0x60, XorOp = 0xa0;
    private const int Jeq = 0x15, Jgt = 0x25, Jge = 0x35, Jne = 0x55, Jsge = 0x75, Jlt = 0xa5, Jle = 0xb5, Jslt = 0xc5;
    private const int Call = 0x85, Exit = 0x95, ToBe = 0xdc, LoadByte = 0x71, LoadWord = 0x61, StoreWord = 0x63, LdAbs = 0x20, LdInd = 0x40;
    private const int GetPrandom = 7, GetProcessor = 8, FramePointer = 10;

    private readonly ClassicFlow _flow;
    private readonly ClassicConversion _conversion;
    private readonly RegisterPlan _plan;
    private readonly ExtendedCode _code;

    // Bytes proven to exist on every path to an instruction: from the packet's start, and behind X.
    private readonly long[] _proven;
    private readonly long[] _provenBehind;

    public ClassicEmitter(ClassicFlow flow, ClassicConversion conversion)
    {
        _flow = flow;
        _conversion = conversion;
        _plan = new RegisterPlan(flow, conversion);
        _code = new ExtendedCode(flow.Program.Length + 1);
        _proven = new long[flow.Program.Length + 1];
        _provenBehind = new long[flow.Program.Length + 1];
    }

    private int Fail => _flow.Fail;

    private int A => _plan.A;

    private int X => _plan.X;

    public Instruction[] Emit()
    {
        Array.Fill(_proven, ClassicFlow.Never);
        Array.Fill(_provenBehind, ClassicFlow.Never);
        int entry = _flow.Entry;
        _proven[entry] = _provenBehind[entry] = 0;
        EmitPrologue(entry);
        for (int i = 0; i < Fail; i++)
        {
            if (!_flow.Reached[i]) continue;
            _code.Mark(i);
            long proven = _proven[i], behind = _provenBehind[i];
            EmitNode(i, ref proven, ref behind);
            if (_flow.Infos[i].IsReturn) continue;
            if (_flow.Infos[i].WritesIndex) behind = Math.Max(0, proven - IndexLimitAfter(i));
            Meet(_flow.True[i], proven, behind);
            Meet(_flow.False[i], proven, behind);
            EmitContinuation(i);
        }

        // Also without a jump in the program text a check may come here.
        _code.Mark(Fail);
        _code.Add(Alu32 | Mov, A);
        _code.Add(Exit, 0);
        return Trim(_code.Layout());
    }

    // Leaves the last place out if nothing goes there: the kernel refuses code that is not reached.
    private Instruction[] Trim(Instruction[] code)
    {
        if (_flow.Reached[Fail] || _jumpsToFail) return code;
        return code[..^2];
    }

    private bool _jumpsToFail;

    private void JumpToFail(int opcode, int destination, int source = 0, int immediate = 0)
    {
        _jumpsToFail = true;
        _code.AddJump(opcode, Fail, destination, source, immediate);
    }

    private void EmitPrologue(int entry)
    {
        if (_plan.Packet != 1) _code.Add(Alu64 | Mov | FromRegister, _plan.Packet, 1);
        if (_conversion.Target == ClassicTarget.Memory)
        {
            if (_plan.Length != 2) _code.Add(Alu64 | Mov | FromRegister, _plan.Length, 2);
            if (_plan.Wire != _plan.Length) _code.Add(Alu64 | Mov | FromRegister, _plan.Wire, 3);
        }

        if (entry == Fail) return;
        if (_flow.AccumulatorLive[entry]) _code.Add(Alu32 | Mov, A);
        if (_flow.IndexLive[entry]) _code.Add(Alu32 | Mov, X);
    }

    private void Meet(int target, long proven, long behind)
    {
        _proven[target] = Math.Min(_proven[target], proven);
        _provenBehind[target] = Math.Min(_provenBehind[target], behind);
    }

    private long IndexLimitAfter(int node) => _flow.Infos[node].Operation switch
    {
        ClassicOperation.LdxImm => _flow.Program[node].K,
        ClassicOperation.LdxMsh => 60,
        _ => uint.MaxValue,
    };

    private void EmitContinuation(int node)
    {
        int next = node + 1;
        while (next < Fail && !_flow.Reached[next]) next++;
        int yes = _flow.True[node], no = _flow.False[node];
        if (!_flow.Infos[node].IsConditional || yes == no)
        {
            if (yes != next) _code.AddJump(yes);
            return;
        }

        ClassicInstruction c = _flow.Program[node];
        int opcode = c.Code & 0xf7; // the extended jumps have the classic codes
        int inverse = opcode switch { Jeq => Jne, Jgt => Jle, Jge => Jlt, _ => 0 };
        int source = 0, immediate = 0, fromRegister = 0;
        if (_flow.Infos[node].Operand == ClassicOperand.IndexRegister)
        {
            fromRegister = FromRegister;
            source = X;
        }
        else if ((int)c.K >= 0)
        {
            immediate = (int)c.K;
        }
        else
        {
            // An immediate would be sign-extended to 64 bits.
            _code.Add(Alu32 | Mov, _plan.Temporary, immediate: (int)c.K);
            fromRegister = FromRegister;
            source = _plan.Temporary;
        }

        if (yes == next && inverse != 0)
        {
            _code.AddJump(inverse | fromRegister, no, A, source, immediate);
            return;
        }

        _code.AddJump(opcode | fromRegister, yes, A, source, immediate);
        if (no != next) _code.AddJump(no);
    }

    private void EmitNode(int node, ref long proven, ref long behind)
    {
        ClassicInstruction c = _flow.Program[node];
        ClassicOpcodeInfo info = _flow.Infos[node];
        if (ConversionLimits.IsAncillary(c, info, _conversion.Semantics, out ClassicAncillary value))
        {
            EmitAncillary(value);
            return;
        }

        switch (info.Operation)
        {
            case ClassicOperation.LdImm: _code.Add(Alu32 | Mov, A, immediate: (int)c.K); break;
            case ClassicOperation.LdxImm: _code.Add(Alu32 | Mov, X, immediate: (int)c.K); break;
            case ClassicOperation.LdMem: EmitLoadMemory(A, c.K); break;
            case ClassicOperation.LdxMem: EmitLoadMemory(X, c.K); break;
            case ClassicOperation.St: EmitStoreMemory(A, c.K); break;
            case ClassicOperation.Stx: EmitStoreMemory(X, c.K); break;
            case ClassicOperation.LdLen: EmitLength(A); break;
            case ClassicOperation.LdxLen: EmitLength(X); break;
            case ClassicOperation.LdAbsW or ClassicOperation.LdAbsH or ClassicOperation.LdAbsB: EmitAbsolute(node, info.Size, A, ref proven); break;
            case ClassicOperation.LdIndW or ClassicOperation.LdIndH or ClassicOperation.LdIndB: EmitIndirect(node, info.Size, ref proven, ref behind); break;
            case ClassicOperation.LdxMsh: EmitHeaderLength(node, ref proven); break;
            case ClassicOperation.Tax: _code.Add(Alu64 | Mov | FromRegister, X, A); break;
            case ClassicOperation.Txa: _code.Add(Alu64 | Mov | FromRegister, A, X); break;
            case ClassicOperation.RetK:
                _code.Add(Alu32 | Mov, A, immediate: (int)c.K);
                _code.Add(Exit, 0);
                break;
            case ClassicOperation.RetA: _code.Add(Exit, 0); break;
            case ClassicOperation.Neg: _code.Add(c.Code, A); break;
            default:
                if (info.IsArithmetic) EmitArithmetic(node, c, info);
                break;
        }
    }

    private void EmitArithmetic(int node, ClassicInstruction c, ClassicOpcodeInfo info)
    {
        if (info.Operand != ClassicOperand.IndexRegister)
        {
            _code.Add(c.Code, A, immediate: (int)c.K); // the extended 32-bit arithmetic has the classic codes
            return;
        }

        if (info.Operation is ClassicOperation.DivX or ClassicOperation.ModX) JumpToFail(Jeq, X);
        bool wideShift = _conversion.Semantics == ClassicSemantics.Libpcap && info.Operation is ClassicOperation.LshX or ClassicOperation.RshX;
        if (!wideShift || _flow.IndexLimit(node) < 32)
        {
            _code.Add(c.Code, A, X);
            return;
        }

        int small = _code.NewLabel(), end = _code.NewLabel();
        _code.AddJump(Jle, small, X, immediate: 31);
        _code.Add(Alu32 | Mov, A);
        _code.AddJump(end);
        _code.Mark(small);
        _code.Add(c.Code, A, X);
        _code.Mark(end);
    }

    private void EmitLoadMemory(int destination, uint word)
    {
        int register = _plan.MemoryRegister(word);
        if (register >= 0) _code.Add(Alu64 | Mov | FromRegister, destination, register);
        else _code.Add(LoadWord, destination, FramePointer, RegisterPlan.StackOffset(word));
    }

    private void EmitStoreMemory(int source, uint word)
    {
        int register = _plan.MemoryRegister(word);
        if (register >= 0) _code.Add(Alu64 | Mov | FromRegister, register, source);
        else _code.Add(StoreWord, FramePointer, source, RegisterPlan.StackOffset(word));
    }

    private void EmitLength(int destination)
    {
        if (_conversion.Target == ClassicTarget.SocketBuffer) _code.Add(LoadWord, destination, _plan.Packet); // __sk_buff.len
        else _code.Add(Alu32 | Mov | FromRegister, destination, _plan.Wire);
    }

    private void EmitAncillary(ClassicAncillary value)
    {
        switch (value)
        {
            case ClassicAncillary.XorX:
                _code.Add(Alu32 | XorOp | FromRegister, A, X);
                return;
            case ClassicAncillary.Random or ClassicAncillary.Cpu:
                _code.Add(Call, 0, immediate: value == ClassicAncillary.Random ? GetPrandom : GetProcessor);
                _code.Add(Alu32 | Mov | FromRegister, A, A); // the helper's upper half is not promised to be zero
                return;
            case ClassicAncillary.InterfaceIndex:
                int known = _code.NewLabel();
                _code.Add(LoadWord, _plan.Temporary, _plan.Packet, ConversionLimits.SocketBufferField(value));
                _code.AddJump(Jne, known, _plan.Temporary);
                _code.Add(Exit, 0); // a packet without interface ends the program with A, as in the kernel
                _code.Mark(known);
                _code.Add(Alu64 | Mov | FromRegister, A, _plan.Temporary);
                return;
            default:
                _code.Add(LoadWord, A, _plan.Packet, ConversionLimits.SocketBufferField(value));
                if (value is ClassicAncillary.Protocol or ClassicAncillary.VlanProtocol) _code.Add(ToBe, A, immediate: 16);
                return;
        }
    }

    private void EmitAbsolute(int node, int size, int destination, ref long proven)
    {
        if (_conversion.Target == ClassicTarget.SocketBuffer)
        {
            _code.Add(LdAbs | SizeBits(size), 0, immediate: (int)_flow.Program[node].K);
            return;
        }

        long offset = _flow.AbsoluteOffset(node);
        RequireLength(offset + size, _flow.Need[node], ref proven);
        EmitLoad(destination, _plan.Packet, offset, size);
    }

    private void EmitHeaderLength(int node, ref long proven)
    {
        if (_conversion.Target == ClassicTarget.Memory)
        {
            EmitAbsolute(node, 1, X, ref proven);
            _code.Add(Alu32 | AndOp, X, immediate: 15);
            _code.Add(Alu32 | LshOp, X, immediate: 2);
            return;
        }

        // LD_ABS loads into A; X is about to be written anyway and keeps A meanwhile.
        bool keep = _flow.AccumulatorLive[_flow.True[node]];
        if (keep) _code.Add(Alu64 | Mov | FromRegister, X, A);
        EmitAbsolute(node, 1, A, ref proven);
        _code.Add(Alu32 | AndOp, A, immediate: 15);
        _code.Add(Alu32 | LshOp, A, immediate: 2);
        if (keep) _code.Add(Alu64 | Mov | FromRegister, _plan.Temporary, X);
        _code.Add(Alu64 | Mov | FromRegister, X, A);
        if (keep) _code.Add(Alu64 | Mov | FromRegister, A, _plan.Temporary);
    }

    private void EmitIndirect(int node, int size, ref long proven, ref long behind)
    {
        int k = (int)_flow.Program[node].K;
        int t = _plan.Temporary;
        bool plain = _flow.IsPlainSum(node);
        if (_conversion.Target == ClassicTarget.SocketBuffer)
        {
            if (_conversion.Semantics == ClassicSemantics.Libpcap && _flow.IndexLimit(node) + (long)k > int.MaxValue)
            {
                // LD_IND would wrap, or take the sum for a negative offset.
                _code.Add(Alu64 | Mov | FromRegister, t, X);
                _code.Add(Alu64 | AddOp, t, immediate: k);
                JumpToFail(Jgt, t, immediate: int.MaxValue);
            }

            _code.Add(LdInd | SizeBits(size), 0, X, immediate: k);
        }
        else if (plain)
        {
            EmitPlainIndirect(node, k, size, ref proven, ref behind);
        }
        else
        {
            EmitWrappingIndirect(k, size);
        }
    }

    private void EmitPlainIndirect(int node, int k, int size, ref long proven, ref long behind)
    {
        int t = _plan.Temporary;
        long end = (long)k + size;
        bool known = behind >= end || proven >= _flow.IndexLimit(node) + end;
        long asked = Math.Min(Math.Max(end, _flow.NeedBehindIndex[node]), int.MaxValue);
        _code.Add(Alu64 | Mov | FromRegister, t, X);
        if (known)
        {
            _code.Add(Alu64 | AddOp | FromRegister, t, _plan.Packet);
            EmitLoad(A, t, k, size);
            return;
        }

        _code.Add(Alu64 | AddOp, t, immediate: (int)asked);
        JumpToFail(Jgt | FromRegister, t, _plan.Length);
        _code.Add(Alu64 | AddOp | FromRegister, t, _plan.Packet);
        EmitLoad(A, t, k - asked, size);
        behind = asked;
        proven = Math.Max(proven, asked);
    }

    // Linux adds in 32 bits, and a sum that is negative then counts from a header.
    private void EmitWrappingIndirect(int k, int size)
    {
        int t = _plan.Temporary;
        _code.Add(Alu32 | Mov | FromRegister, t, X);
        if (k != 0) _code.Add(Alu32 | AddOp, t, immediate: k);
        if (_conversion.NetworkOffset is not null || _conversion.LinkOffset is not null)
        {
            const int ArshOp = 0xc0;
            int sum = _code.NewLabel(), link = _code.NewLabel();
            _code.Add(Alu64 | LshOp, t, immediate: 32);
            _code.Add(Alu64 | ArshOp, t, immediate: 32);
            _code.AddJump(Jsge, sum, t);
            _code.AddJump(Jslt, link, t, immediate: unchecked((int)ClassicAncillaryTable.NetworkBase));
            EmitRebase(_conversion.NetworkOffset, ClassicAncillaryTable.NetworkBase, sum);
            _code.Mark(link);
            JumpToFail(Jslt, t, immediate: unchecked((int)ClassicAncillaryTable.LinkBase));
            EmitRebase(_conversion.LinkOffset, ClassicAncillaryTable.LinkBase, sum);
            _code.Mark(sum);
            JumpToFail(Jgt | FromRegister, t, _plan.Length); // negative, as unsigned
        }

        _code.Add(Alu64 | AddOp, t, immediate: size);
        JumpToFail(Jgt | FromRegister, t, _plan.Length);
        _code.Add(Alu64 | AddOp | FromRegister, t, _plan.Packet);
        EmitLoad(A, t, -size, size);
    }

    private void EmitRebase(int? headerOffset, uint headerBase, int label)
    {
        if (headerOffset is not { } offset)
        {
            _jumpsToFail = true;
            _code.AddJump(Fail);
            return;
        }

        _code.Add(Alu64 | AddOp, _plan.Temporary, immediate: -(int)headerBase);
        _code.Add(Alu64 | AddOp, _plan.Temporary, immediate: offset);
        _code.AddJump(label);
    }

    private void RequireLength(long end, long need, ref long proven)
    {
        if (proven >= end) return;
        long asked = Math.Min(Math.Max(end, need), int.MaxValue);
        JumpToFail(Jlt, _plan.Length, immediate: (int)asked);
        proven = asked;
    }

    private void EmitLoad(int destination, int address, long offset, int size)
    {
        if (offset is < short.MinValue or > short.MaxValue)
        {
            int t = _plan.Temporary;
            if (address != t) _code.Add(Alu64 | Mov | FromRegister, t, address);
            _code.Add(Alu64 | AddOp, t, immediate: (int)offset);
            (address, offset) = (t, 0);
        }

        _code.Add((LoadByte & 0xe7) | SizeBits(size), destination, address, (int)offset);
        if (size > 1) _code.Add(ToBe, destination, immediate: size * 8);
    }

    private static int SizeBits(int size) => size switch { 1 => 0x10, 2 => 0x08, _ => 0x00 };
}
