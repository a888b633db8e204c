// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Syntax;

/// <summary>A node of the tree that the parser makes; the binder writes what it finds out into it.</summary>
internal abstract class Node
{
    public TextSpan Span { get; init; }
}

/// <summary>What has a value. <see cref="Type"/> and <see cref="Constant"/> are the binder's.</summary>
internal abstract class Expression : Node
{
    /// <summary>Type of the value; <see cref="TraceType.None"/> until bound.</summary>
    public TraceType Type { get; set; } = TraceType.None;

    /// <summary>The value, where it is known before the program runs: whoever makes code asks for this first.</summary>
    public ConstantValue? Constant { get; set; }
}

/// <summary><c>42</c>, <c>0x2a</c>, <c>1e6</c>, <c>10ms</c>.</summary>
internal sealed class IntegerLiteral : Expression
{
    public required ulong Value { get; init; }
}

/// <summary><c>"text"</c> with its escapes replaced.</summary>
internal sealed class StringLiteral : Expression
{
    public required string Value { get; init; }
}

/// <summary><c>true</c>, <c>false</c>.</summary>
internal sealed class BooleanLiteral : Expression
{
    public required bool Value { get; init; }
}

/// <summary>A word: a builtin, an enumerator, a <c>#define</c>, a parameter of a macro.</summary>
internal sealed class Identifier : Expression
{
    public required string Name { get; init; }
}

/// <summary><c>$1</c>; number 0 is <c>$#</c>.</summary>
internal sealed class PositionalParameter : Expression
{
    public required int Number { get; init; }
}

/// <summary><c>$x</c>.</summary>
internal sealed class VariableReference : Expression
{
    /// <summary>With the <c>$</c>.</summary>
    public required string Name { get; init; }

    public VariableSymbol? Symbol { get; set; }
}

/// <summary><c>@m</c>: a scalar map's value, or the map itself as an argument.</summary>
internal sealed class MapReference : Expression
{
    /// <summary>With the <c>@</c>.</summary>
    public required string Name { get; init; }

    public TraceMap? Map { get; set; }
}

/// <summary><c>@m[key]</c>; several keys are a tuple.</summary>
internal sealed class MapAccess : Expression
{
    public required MapReference Target { get; init; }

    public required Expression Key { get; set; }
}

/// <summary><c>name(arguments)</c>.</summary>
internal sealed class Call : Expression
{
    public required string Name { get; init; }

    public required List<Expression> Arguments { get; init; }

    /// <summary>The script's own function, if it is one.</summary>
    public Subprogram? Target { get; set; }

    /// <summary>Uses of the macros that it came from, the innermost first.</summary>
    public System.Collections.Immutable.ImmutableArray<TextSpan> ExpandedFrom { get; init; } = [];
}

internal enum UnaryOperator : byte
{
    Negate, Plus, Not, Complement, Dereference, AddressOf, PreIncrement, PreDecrement, PostIncrement, PostDecrement,
}

internal sealed class Unary : Expression
{
    public required UnaryOperator Operator { get; init; }

    public required Expression Operand { get; set; }
}

internal enum BinaryOperator : byte
{
    Add, Subtract, Multiply, Divide, Remainder, And, Or, Xor, ShiftLeft, ShiftRight,
    Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, LogicalAnd, LogicalOr,
}

internal sealed class Binary : Expression
{
    public required BinaryOperator Operator { get; init; }

    public required Expression Left { get; set; }

    public required Expression Right { get; set; }
}

/// <summary><c>a ? b : c</c>, <c>a ?: c</c> (without <see cref="Then"/>), and <c>if a { b } else { c }</c> as a value.</summary>
internal sealed class Conditional : Expression
{
    public required Expression Condition { get; set; }

    public Expression? Then { get; set; }

    public required Expression Otherwise { get; set; }

    /// <summary>Written <c>if</c>; both values are <see cref="BlockExpression"/> or another such conditional then.</summary>
    public bool IsIf { get; init; }

    /// <summary><c>if comptime</c>.</summary>
    public bool IsComptime { get; init; }
}

/// <summary><c>a.b</c>, <c>a->b</c>: a field of a struct, of a pointer to one, of <c>args</c>, of a tuple with names.</summary>
internal sealed class FieldAccess : Expression
{
    public required Expression Target { get; set; }

    public required string Name { get; init; }

    /// <summary>Written <c>-></c>.</summary>
    public bool IsArrow { get; init; }

    /// <summary>Fields from the target's struct to the one that is meant: more than one where it is in an anonymous member.</summary>
    public StructField[] Path { get; set; } = [];
}

/// <summary><c>t.0</c>.</summary>
internal sealed class TupleAccess : Expression
{
    public required Expression Target { get; set; }

    public required int Index { get; init; }
}

/// <summary><c>a[i]</c> of an array, a pointer, a string, a tuple.</summary>
internal sealed class ArrayAccess : Expression
{
    public required Expression Target { get; set; }

    public required Expression Index { get; set; }
}

/// <summary><c>(type)value</c>.</summary>
internal sealed class Cast : Expression
{
    public required TypeName Target { get; init; }

    public required Expression Operand { get; set; }
}

/// <summary><c>sizeof(type)</c>, <c>sizeof(value)</c>; always constant.</summary>
internal sealed class SizeOf : Expression
{
    public TypeName? OfType { get; init; }

    public Expression? OfValue { get; set; }
}

/// <summary><c>offsetof(type, a.b)</c>, <c>field_exists(type, a.b)</c>; always constant.</summary>
internal sealed class OffsetOf : Expression
{
    public TypeName? OfType { get; init; }

    public Expression? OfValue { get; set; }

    public required List<string> Path { get; init; }

    /// <summary>It is asked whether there is such a field.</summary>
    public bool IsQuestion { get; init; }
}

/// <summary><c>typeinfo(x)</c>; only asked at compile time.</summary>
internal sealed class TypeInfo : Expression
{
    public TypeName? OfType { get; init; }

    public Expression? OfValue { get; set; }
}

/// <summary><c>(a, b)</c>, <c>(a = 1, b = 2)</c>.</summary>
internal sealed class TupleLiteral : Expression
{
    public required List<Expression> Items { get; init; }

    /// <summary>One for each item, or empty.</summary>
    public List<string> Names { get; init; } = [];

    /// <summary>Written as the keys of a map: <c>@m[a, b]</c>.</summary>
    public bool IsKeyList { get; init; }
}

/// <summary><c>{ statements; value }</c>.</summary>
internal sealed class BlockExpression : Expression
{
    public required List<Statement> Statements { get; init; }

    public required Expression Value { get; set; }
}

/// <summary><c>typeof(x)</c> as an argument of a macro; gone after expansion.</summary>
internal sealed class TypeArgument : Expression
{
    public required TypeName OfType { get; init; }
}

/// <summary><c>comptime e</c>: must be constant.</summary>
internal sealed class Comptime : Expression
{
    public required Expression Operand { get; set; }
}

/// <summary>A type as written: <c>uint64</c>, <c>struct task_struct *</c>, <c>string[16]</c>, <c>typeof(x)</c>.</summary>
internal sealed class TypeName : Node
{
    /// <summary>The base name, words separated by one space: <c>unsigned int</c>, <c>struct x</c>; empty for <see cref="OfValue"/> and tuples.</summary>
    public required string Name { get; init; }

    /// <summary><c>typeof(expression)</c>.</summary>
    public Expression? OfValue { get; init; }

    /// <summary>Members of a tuple type <c>(int32, string)</c>.</summary>
    public List<TypeName> Members { get; init; } = [];

    /// <summary>Suffixes in order: −1 for a <c>*</c>, otherwise the number in <c>[n]</c> (0 for <c>[]</c>).</summary>
    public List<int> Suffixes { get; init; } = [];

    /// <summary>Set by the binder.</summary>
    public TraceType Resolved { get; set; } = TraceType.None;
}
