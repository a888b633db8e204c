// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;

namespace Nectar.Trace.Language.Syntax;

internal abstract class Statement : Node;

internal sealed class Block : Statement
{
    public required List<Statement> Statements { get; init; }
}

/// <summary><c>f(x);</c>, <c>@x++;</c>, <c>_ = e;</c>.</summary>
internal sealed class ExpressionStatement : Statement
{
    /// <summary>Written <c>_ = e</c>: that the value is not used is meant.</summary>
    public bool IsDiscard { get; init; }

    public required Expression Value { get; set; }
}

/// <summary><c>let $x : type = e;</c></summary>
internal sealed class Let : Statement
{
    public required VariableReference Variable { get; init; }

    public TypeName? DeclaredType { get; init; }

    public Expression? Value { get; set; }
}

/// <summary><c>$x = e</c>, <c>@m = e</c>, <c>@m[k] = e</c>, <c>*p = e</c>, and the compound forms.</summary>
internal sealed class Assignment : Statement
{
    /// <summary><see cref="VariableReference"/>, <see cref="MapReference"/>, <see cref="MapAccess"/>, or an element of them.</summary>
    public required Expression Target { get; set; }

    /// <summary>The operator of <c>+=</c> and its like; null for <c>=</c>.</summary>
    public BinaryOperator? Operator { get; init; }

    public required Expression Value { get; set; }
}

internal sealed class If : Statement
{
    public required Expression Condition { get; set; }

    public required Block Then { get; init; }

    /// <summary>A <see cref="Block"/>, another <see cref="If"/>, or null.</summary>
    public Statement? Otherwise { get; init; }

    /// <summary><c>if comptime</c>.</summary>
    public bool IsComptime { get; init; }
}

internal sealed class Unroll : Statement
{
    public required Expression Count { get; set; }

    public required Block Body { get; init; }
}

internal sealed class While : Statement
{
    public required Expression Condition { get; set; }

    public required Block Body { get; init; }
}

/// <summary><c>for ($kv : @map) { }</c></summary>
internal sealed class ForMap : Statement
{
    public required VariableReference Variable { get; init; }

    public required MapReference Map { get; init; }

    public required Block Body { get; init; }

    /// <summary>Variables of the surroundings that the body uses; set by the binder.</summary>
    public List<VariableSymbol> Captures { get; set; } = [];
}

/// <summary><c>for ($i : a..b) { }</c></summary>
internal sealed class ForRange : Statement
{
    public required VariableReference Variable { get; init; }

    public required Expression From { get; set; }

    public required Expression To { get; set; }

    public required Block Body { get; init; }

    public List<VariableSymbol> Captures { get; set; } = [];
}

internal sealed class Break : Statement;

internal sealed class Continue : Statement;

internal sealed class Return : Statement
{
    public Expression? Value { get; set; }
}

/// <summary><c>import "x.h";</c> among statements; only in scripts that are read to be printed again.</summary>
internal sealed class ImportStatement : Statement
{
    public required Import Import { get; init; }
}
