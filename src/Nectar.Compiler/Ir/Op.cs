// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Ir;

/// <summary>
/// Operations. Unless said otherwise operands and result have the value's type, arithmetic wraps, and shift counts are taken modulo the width
/// (as eBPF does).
/// </summary>
internal enum Op : byte
{
    // Values without operands.

    /// <summary>A number: <see cref="Value.Immediate"/>; a pointer constant is null.</summary>
    Constant,

    /// <summary>Any value; what is read before it is written.</summary>
    Undefined,

    /// <summary>Parameter number <see cref="Value.Immediate"/> of the function (r1 is 0).</summary>
    Parameter,

    /// <summary>Address of <see cref="Value.Immediate"/> bytes of the frame, aligned to <see cref="Value.Width"/>; only in the entry block; Symbol is a name for the frame map.</summary>
    StackSlot,

    /// <summary>A map; Symbol is its <see cref="MapSymbol"/>.</summary>
    MapAddress,

    /// <summary>Address of a global variable plus <see cref="Value.Immediate"/>; Symbol is its <see cref="GlobalSymbol"/>.</summary>
    GlobalAddress,

    /// <summary>Address of a function for helpers that call back; Symbol is the <see cref="IrFunction"/>.</summary>
    FunctionAddress,

    /// <summary>Address of a kernel variable; Symbol is its <see cref="ExternSymbol"/>.</summary>
    ExternAddress,

    /// <summary>A number that the loader fills in (type size, field exists, enumerator …); Symbol is its <see cref="CoreAccess"/>.</summary>
    CoreConstant,

    // Arithmetic.

    /// <summary>Sum.</summary>
    Add,

    /// <summary>Difference.</summary>
    Subtract,

    /// <summary>Product.</summary>
    Multiply,

    /// <summary>Unsigned quotient; by zero gives 0.</summary>
    DivideUnsigned,

    /// <summary>Signed quotient; by zero gives 0; lowered where the cpu version has none.</summary>
    DivideSigned,

    /// <summary>Unsigned remainder; by zero gives the dividend.</summary>
    RemainderUnsigned,

    /// <summary>Signed remainder; by zero gives the dividend.</summary>
    RemainderSigned,

    /// <summary>Bitwise and.</summary>
    And,

    /// <summary>Bitwise or.</summary>
    Or,

    /// <summary>Bitwise exclusive or.</summary>
    Xor,

    /// <summary>Shift left.</summary>
    ShiftLeft,

    /// <summary>Logical shift right.</summary>
    ShiftRight,

    /// <summary>Arithmetic shift right.</summary>
    ShiftRightSigned,

    /// <summary>Negation.</summary>
    Negate,

    /// <summary>The low <see cref="Value.Width"/> bytes (2, 4, 8) in reverse order, zero-extended.</summary>
    ByteSwap,

    /// <summary>The low <see cref="Value.Width"/> bytes (1, 2, 4) of an integer of either type, zero-extended to the type.</summary>
    ZeroExtend,

    /// <summary>The low <see cref="Value.Width"/> bytes (1, 2, 4) of an integer of either type, sign-extended to the type.</summary>
    SignExtend,

    /// <summary>The low half of an I64 as I32.</summary>
    Truncate,

    // Comparisons: both operands of one type, result I32 0 or 1.

    /// <summary>Equal.</summary>
    Equal,

    /// <summary>Not equal.</summary>
    NotEqual,

    /// <summary>Unsigned less.</summary>
    LessUnsigned,

    /// <summary>Unsigned less or equal.</summary>
    LessOrEqualUnsigned,

    /// <summary>Unsigned greater.</summary>
    GreaterUnsigned,

    /// <summary>Unsigned greater or equal.</summary>
    GreaterOrEqualUnsigned,

    /// <summary>Signed less.</summary>
    LessSigned,

    /// <summary>Signed less or equal.</summary>
    LessOrEqualSigned,

    /// <summary>Signed greater.</summary>
    GreaterSigned,

    /// <summary>Signed greater or equal.</summary>
    GreaterOrEqualSigned,

    // Addresses.

    /// <summary>Pointer plus <see cref="Value.Immediate"/>; one operand.</summary>
    PointerOffset,

    /// <summary>Pointer plus an I64; two operands.</summary>
    PointerAdd,

    /// <summary>Distance of two pointers as I64.</summary>
    PointerDifference,

    /// <summary>A pointer as I64.</summary>
    PointerToInteger,

    /// <summary>An I64 as a pointer.</summary>
    IntegerToPointer,

    /// <summary>Address of a field of a kernel struct: operand plus an offset that the loader fills in; Symbol is the <see cref="CoreAccess"/>.</summary>
    CoreField,

    // Memory.

    /// <summary>Reads <see cref="Value.Width"/> bytes at operand 0 + <see cref="Value.Immediate"/>; <see cref="Value.IsSigned"/> tells the extension to the type.</summary>
    Load,

    /// <summary>Writes the low <see cref="Value.Width"/> bytes of operand 1 at operand 0 + <see cref="Value.Immediate"/>.</summary>
    Store,

    /// <summary>Copies <see cref="Value.Immediate"/> bytes from operand 1 to operand 0; they do not overlap or are the same.</summary>
    MemoryCopy,

    /// <summary>Fills <see cref="Value.Immediate"/> bytes at operand 0 with the byte of operand 1.</summary>
    MemorySet,

    /// <summary>1 if <see cref="Value.Immediate"/> bytes at operands 0 and 1 are equal, else 0; I32.</summary>
    MemoryEqual,

    /// <summary>An atomic operation at operand 0 with operand 1 (and 2 for compare-exchange); Symbol is the <see cref="AtomicKind"/>; Void if nothing is fetched.</summary>
    Atomic,

    // Calls and control.

    /// <summary>Calls Symbol: a <see cref="HelperTarget"/>, <see cref="KernelFunctionTarget"/> or <see cref="IrFunction"/>; at most five operands.</summary>
    Call,

    /// <summary>One operand for each predecessor, in their order; first in the block.</summary>
    Phi,

    /// <summary>Goes to target 0.</summary>
    Jump,

    /// <summary>Goes to target 0 if operand 0 is not zero, else to target 1.</summary>
    Branch,

    /// <summary>Goes to target i + 1 if operand 0 equals case i of Symbol (<c>long[]</c>), else to target 0.</summary>
    Switch,

    /// <summary>Ends the function with operand 0, or with nothing.</summary>
    Return,

    /// <summary>Never reached.</summary>
    Unreachable,
}

/// <summary>What an atomic operation does.</summary>
internal enum AtomicKind : byte
{
    /// <summary>Adds.</summary>
    Add,

    /// <summary>Or.</summary>
    Or,

    /// <summary>And.</summary>
    And,

    /// <summary>Exclusive or.</summary>
    Xor,

    /// <summary>Stores and gives the old value.</summary>
    Exchange,

    /// <summary>Stores operand 2 if memory equals operand 1; gives the old value.</summary>
    CompareExchange,
}

/// <summary>Facts about operations that passes ask for.</summary>
internal static class OpFacts
{
    /// <summary>Ends a block.</summary>
    public static bool IsTerminator(this Op op) => op >= Op.Jump;

    /// <summary>Gives 0 or 1.</summary>
    public static bool IsComparison(this Op op) => op is >= Op.Equal and <= Op.GreaterOrEqualSigned;

    /// <summary>Operands may be exchanged.</summary>
    public static bool IsCommutative(this Op op) => op is Op.Add or Op.Multiply or Op.And or Op.Or or Op.Xor or Op.Equal or Op.NotEqual or Op.MemoryEqual;

    /// <summary>Depends on nothing but operands and symbol: equal ones may be joined, unused ones dropped.</summary>
    public static bool IsPure(this Op op) => op is < Op.Load and not Op.StackSlot;

    /// <summary>May write memory or have another effect: stays even if its result is unused.</summary>
    public static bool HasEffect(this Op op) => op is Op.Store or Op.MemoryCopy or Op.MemorySet or Op.Atomic or Op.Call || op.IsTerminator();

    /// <summary>The comparison with operands exchanged.</summary>
    public static Op Mirrored(this Op op) => op switch
    {
        Op.LessUnsigned => Op.GreaterUnsigned,
        Op.LessOrEqualUnsigned => Op.GreaterOrEqualUnsigned,
        Op.GreaterUnsigned => Op.LessUnsigned,
        Op.GreaterOrEqualUnsigned => Op.LessOrEqualUnsigned,
        Op.LessSigned => Op.GreaterSigned,
        Op.LessOrEqualSigned => Op.GreaterOrEqualSigned,
        Op.GreaterSigned => Op.LessSigned,
        Op.GreaterOrEqualSigned => Op.LessOrEqualSigned,
        _ => op,
    };

    /// <summary>The comparison that is true when this one is false.</summary>
    public static Op Negated(this Op op) => op switch
    {
        Op.Equal => Op.NotEqual,
        Op.NotEqual => Op.Equal,
        Op.LessUnsigned => Op.GreaterOrEqualUnsigned,
        Op.LessOrEqualUnsigned => Op.GreaterUnsigned,
        Op.GreaterUnsigned => Op.LessOrEqualUnsigned,
        Op.GreaterOrEqualUnsigned => Op.LessUnsigned,
        Op.LessSigned => Op.GreaterOrEqualSigned,
        Op.LessOrEqualSigned => Op.GreaterSigned,
        Op.GreaterSigned => Op.LessOrEqualSigned,
        Op.GreaterOrEqualSigned => Op.LessSigned,
        _ => throw new ArgumentOutOfRangeException(nameof(op), $"{op} is no comparison"),
    };
}
