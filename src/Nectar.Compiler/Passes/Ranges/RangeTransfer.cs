// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Domain;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Ranges;

/// <summary>
/// What an operation makes of ranges, by the verifier's own arithmetic: what is proved here is proved in the kernel. An I32 is a register whose
/// upper half is zero.
/// </summary>
internal static class RangeTransfer
{
    /// <summary>Everything that a value of a type can be.</summary>
    public static ScalarRange Any(IrType type) => type == IrType.I32 ? ScalarRange.OfBytes(4) : ScalarRange.Unknown;

    /// <summary>The range of a result.</summary>
    /// <param name="value">Anything but a phi.</param>
    /// <param name="of">The ranges of operands.</param>
    public static ScalarRange Apply(Value value, Func<Value, ScalarRange> of)
    {
        bool is64 = value.Type == IrType.I64;
        switch (value.Op)
        {
            case Op.Constant:
                return ScalarRange.Const(value.Type == IrType.I32 ? (uint)value.Immediate : (ulong)value.Immediate);
            case Op.Load when !value.IsSigned && value.Width < 8:
                return ScalarRange.OfBytes(value.Width);
            case Op.Load when value.IsSigned && value.Width < 4 || value.IsSigned && value.Width == 4 && is64:
                return Extended(Any(IrType.I64), value.Width, is64);
            case Op.ZeroExtend:
                ScalarRange kept = of(value[0]);
                ScalarCasts.Truncate(ref kept, value.Width);
                return kept;
            case Op.Truncate:
                ScalarRange low = of(value[0]);
                ScalarCasts.ZeroExtend32(ref low);
                low.Sync();
                return low;
            case Op.SignExtend:
                return Extended(of(value[0]), value.Width, is64);
            case >= Op.Equal and <= Op.GreaterOrEqualSigned or Op.MemoryEqual:
                return ScalarRange.Unsigned(0, 1);
            case Op.ByteSwap:
                return Any(value.Width == 8 ? IrType.I64 : IrType.I32) is var any && value.Width == 2 ? ScalarRange.OfBytes(2) : any;
        }

        if (Operation(value.Op) is not { } operation) return Any(value.Type);
        ScalarRange left = of(value[0]);
        ScalarRange right = operation == Nectar.Bpf.Isa.Operation.Neg ? left : of(value[1]);
        ScalarArithmetic.Apply(operation, is64, ref left, right);
        if (!is64 && left.UMax > uint.MaxValue) return Any(IrType.I32);
        return left;
    }

    /// <summary>The jump of a comparison.</summary>
    public static Operation Jump(Op op) => op switch
    {
        Op.Equal => Nectar.Bpf.Isa.Operation.Jeq,
        Op.NotEqual => Nectar.Bpf.Isa.Operation.Jne,
        Op.LessUnsigned => Nectar.Bpf.Isa.Operation.Jlt,
        Op.LessOrEqualUnsigned => Nectar.Bpf.Isa.Operation.Jle,
        Op.GreaterUnsigned => Nectar.Bpf.Isa.Operation.Jgt,
        Op.GreaterOrEqualUnsigned => Nectar.Bpf.Isa.Operation.Jge,
        Op.LessSigned => Nectar.Bpf.Isa.Operation.Jslt,
        Op.LessOrEqualSigned => Nectar.Bpf.Isa.Operation.Jsle,
        Op.GreaterSigned => Nectar.Bpf.Isa.Operation.Jsgt,
        Op.GreaterOrEqualSigned => Nectar.Bpf.Isa.Operation.Jsge,
        _ => throw new ArgumentOutOfRangeException(nameof(op), $"{op} is no comparison"),
    };

    private static Operation? Operation(Op op) => op switch
    {
        Op.Add => Nectar.Bpf.Isa.Operation.Add,
        Op.Subtract => Nectar.Bpf.Isa.Operation.Sub,
        Op.Multiply => Nectar.Bpf.Isa.Operation.Mul,
        Op.And => Nectar.Bpf.Isa.Operation.And,
        Op.Or => Nectar.Bpf.Isa.Operation.Or,
        Op.Xor => Nectar.Bpf.Isa.Operation.Xor,
        Op.ShiftLeft => Nectar.Bpf.Isa.Operation.Lsh,
        Op.ShiftRight => Nectar.Bpf.Isa.Operation.Rsh,
        Op.ShiftRightSigned => Nectar.Bpf.Isa.Operation.Arsh,
        Op.Negate => Nectar.Bpf.Isa.Operation.Neg,
        _ => null,
    };

    private static ScalarRange Extended(ScalarRange range, int width, bool is64)
    {
        ScalarCasts.SignExtend(ref range, width);
        if (!is64) ScalarCasts.ZeroExtend32(ref range);
        range.Sync();
        return range;
    }
}
