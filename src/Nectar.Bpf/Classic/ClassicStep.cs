// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Bpf.Classic;

/// <summary>What the interpreter does in one step: dense, so that its switch is one table jump.</summary>
internal enum StepCode : byte
{
    LdImm, LdxImm, LdMem, LdxMem, LdLen, LdxLen,
    LdAbsW, LdAbsH, LdAbsB, LdIndW, LdIndH, LdIndB, LdxMsh,
    St, Stx,
    AddK, AddX, SubK, SubX, MulK, MulX, DivK, DivX, ModK, ModX, AndK, AndX, OrK, OrX, XorK, XorX, LshK, LshX, RshK, RshX, Neg,
    Ja, JeqK, JeqX, JgtK, JgtX, JgeK, JgeX, JsetK, JsetX,
    RetK, RetA, Tax, Txa,

    // Shifts and indexed loads by libpcap's rules
    LshXWide, RshXWide, LdIndWUnwrapped, LdIndHUnwrapped, LdIndBUnwrapped,

    // Absolute loads at a negative offset: relative to a header, or an ancillary value
    LdHeaderW, LdHeaderH, LdHeaderB, LdxMshHeader,
    Ancillary,
}

/// <summary>One decoded instruction of eight bytes.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal readonly struct ClassicStep
{
    public readonly StepCode Code;
    public readonly byte JumpTrue;
    public readonly byte JumpFalse;
    public readonly uint K;

    private ClassicStep(StepCode code, byte jumpTrue, byte jumpFalse, uint k)
    {
        Code = code;
        JumpTrue = jumpTrue;
        JumpFalse = jumpFalse;
        K = k;
    }

    public static ClassicStep Decode(ClassicInstruction instruction, ClassicSemantics semantics)
    {
        ClassicOpcodeInfo info = ClassicOpcodeTable.Find(instruction.Code)!;
        StepCode code = (StepCode)((int)info.Operation - 1); // both lists name the 49 instructions in the same order
        bool linux = semantics == ClassicSemantics.Linux;
        uint k = instruction.K;
        if (info.Operand == ClassicOperand.Absolute && ClassicAncillaryTable.TryFind(k, out ClassicAncillary value))
        {
            if (linux || value is ClassicAncillary.VlanTag or ClassicAncillary.VlanTagPresent) return new(StepCode.Ancillary, 0, 0, (uint)value);
        }
        else if (linux && (int)k < 0 && info.Operand == ClassicOperand.Absolute)
        {
            code = code - StepCode.LdAbsW + StepCode.LdHeaderW;
        }
        else if (linux && (int)k < 0 && code == StepCode.LdxMsh)
        {
            code = StepCode.LdxMshHeader;
        }
        else if (!linux)
        {
            code = code switch
            {
                StepCode.LshX => StepCode.LshXWide,
                StepCode.RshX => StepCode.RshXWide,
                >= StepCode.LdIndW and <= StepCode.LdIndB => code - StepCode.LdIndW + StepCode.LdIndWUnwrapped,
                _ => code,
            };
        }

        return new(code, instruction.JumpTrue, instruction.JumpFalse, k);
    }
}
