// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;

namespace Nectar.Compiler.Frontends.IL.Decoding;

/// <summary>What follows an opcode in the bytes, and which short forms stand for what (ECMA-335 III).</summary>
internal static class IlOperands
{
    /// <summary>Bytes of the operand; -1 for <c>switch</c>, -2 for what is no opcode.</summary>
    public static int Size(ILOpCode code)
    {
        if (!IsDefined(code)) return -2;
        return code switch
        {
            ILOpCode.Switch => -1,
            ILOpCode.Ldc_i8 or ILOpCode.Ldc_r8 => 8,
            ILOpCode.Ldarg_s or ILOpCode.Ldarga_s or ILOpCode.Starg_s or ILOpCode.Ldloc_s or ILOpCode.Ldloca_s or ILOpCode.Stloc_s or ILOpCode.Ldc_i4_s or ILOpCode.Unaligned => 1,
            >= ILOpCode.Br_s and <= ILOpCode.Blt_un_s or ILOpCode.Leave_s => 1,
            ILOpCode.Ldarg or ILOpCode.Ldarga or ILOpCode.Starg or ILOpCode.Ldloc or ILOpCode.Ldloca or ILOpCode.Stloc => 2,
            ILOpCode.Ldc_i4 or ILOpCode.Ldc_r4 or ILOpCode.Leave or (>= ILOpCode.Br and <= ILOpCode.Blt_un) => 4,
            _ => HasToken(code) ? 4 : 0,
        };
    }

    /// <summary>The long form, and the operand where the short opcode implies it.</summary>
    public static (ILOpCode Code, long? Implied) Normalize(ILOpCode code) => code switch
    {
        >= ILOpCode.Ldarg_0 and <= ILOpCode.Ldarg_3 => (ILOpCode.Ldarg, code - ILOpCode.Ldarg_0),
        >= ILOpCode.Ldloc_0 and <= ILOpCode.Ldloc_3 => (ILOpCode.Ldloc, code - ILOpCode.Ldloc_0),
        >= ILOpCode.Stloc_0 and <= ILOpCode.Stloc_3 => (ILOpCode.Stloc, code - ILOpCode.Stloc_0),
        >= ILOpCode.Ldc_i4_m1 and <= ILOpCode.Ldc_i4_8 => (ILOpCode.Ldc_i4, (long)code - (long)ILOpCode.Ldc_i4_0),
        ILOpCode.Ldarg_s => (ILOpCode.Ldarg, null),
        ILOpCode.Ldarga_s => (ILOpCode.Ldarga, null),
        ILOpCode.Starg_s => (ILOpCode.Starg, null),
        ILOpCode.Ldloc_s => (ILOpCode.Ldloc, null),
        ILOpCode.Ldloca_s => (ILOpCode.Ldloca, null),
        ILOpCode.Stloc_s => (ILOpCode.Stloc, null),
        ILOpCode.Ldc_i4_s => (ILOpCode.Ldc_i4, null),
        >= ILOpCode.Br_s and <= ILOpCode.Blt_un_s => (code - ILOpCode.Br_s + ILOpCode.Br, null),
        ILOpCode.Leave_s => (ILOpCode.Leave, null),
        _ => (code, null),
    };

    /// <summary>True for the long form of a branch to one target, <c>leave</c> included.</summary>
    public static bool IsBranch(ILOpCode code) => code is (>= ILOpCode.Br and <= ILOpCode.Blt_un) or ILOpCode.Leave;

    /// <summary>True if what follows is not run after it, or not always.</summary>
    public static bool EndsBlock(ILOpCode code) => IsBranch(code)
        || code is ILOpCode.Switch or ILOpCode.Ret or ILOpCode.Throw or ILOpCode.Rethrow or ILOpCode.Endfinally or ILOpCode.Endfilter or ILOpCode.Jmp;

    /// <summary>True if control goes on behind it.</summary>
    public static bool FallsThrough(ILOpCode code) => code is ILOpCode.Switch or (> ILOpCode.Br and <= ILOpCode.Blt_un) || !EndsBlock(code);

    private static bool HasToken(ILOpCode code) => code switch
    {
        ILOpCode.Jmp or ILOpCode.Call or ILOpCode.Calli or ILOpCode.Callvirt or ILOpCode.Cpobj or ILOpCode.Ldobj or ILOpCode.Ldstr or ILOpCode.Newobj or ILOpCode.Castclass
            or ILOpCode.Isinst or ILOpCode.Unbox or ILOpCode.Ldfld or ILOpCode.Ldflda or ILOpCode.Stfld or ILOpCode.Ldsfld or ILOpCode.Ldsflda or ILOpCode.Stsfld or ILOpCode.Stobj
            or ILOpCode.Box or ILOpCode.Newarr or ILOpCode.Ldelema or ILOpCode.Ldelem or ILOpCode.Stelem or ILOpCode.Unbox_any or ILOpCode.Refanyval or ILOpCode.Mkrefany
            or ILOpCode.Ldtoken or ILOpCode.Ldftn or ILOpCode.Ldvirtftn or ILOpCode.Initobj or ILOpCode.Constrained or ILOpCode.Sizeof => true,
        _ => false,
    };

    private static bool IsDefined(ILOpCode code) => (int)code switch
    {
        <= 0xFF => (int)code is not (0x24 or 0x77 or 0x78 or (>= 0xA6 and <= 0xB2) or (>= 0xBB and <= 0xC1) or 0xC4 or 0xC5 or (>= 0xC7 and <= 0xCF) or >= 0xE1),
        _ => (int)code is >= 0xFE00 and <= 0xFE1E and not (0xFE08 or 0xFE10 or 0xFE19 or 0xFE1B),
    };
}
