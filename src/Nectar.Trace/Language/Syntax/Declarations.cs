// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Declarations;

namespace Nectar.Trace.Language.Syntax;

/// <summary>A whole script, the imported ones merged in.</summary>
internal sealed class Script : Node
{
    public required SourceText Source { get; init; }

    /// <summary>The <c>#!</c> line; empty without.</summary>
    public TextSpan Header { get; init; }

    /// <summary>The C at its head as written: <c>#include</c>, <c>#define</c>, <c>struct</c>, <c>union</c>, <c>enum</c>, <c>typedef</c>; one directive or declaration each.</summary>
    public List<TextSpan> C { get; init; } = [];

    /// <summary>The same read: macros, and types with their layout.</summary>
    public CDeclarations Declarations { get; set; } = CDeclarations.Empty;

    /// <summary><c>config = { … }</c>; null without.</summary>
    public TextSpan? ConfigSpan { get; init; }

    /// <summary>All comments of this file in order.</summary>
    public List<TextSpan> Comments { get; init; } = [];

    /// <summary>Probes, macros, functions and maps in the order of the text; each is in its own list as well.</summary>
    public List<Node> Definitions { get; init; } = [];

    public List<ConfigAssignment> Config { get; init; } = [];

    public List<Import> Imports { get; init; } = [];

    public List<MapDeclaration> Maps { get; init; } = [];

    public List<Macro> Macros { get; init; } = [];

    public List<Subprogram> Functions { get; init; } = [];

    public List<Probe> Probes { get; init; } = [];

    public void Add(Node definition)
    {
        Definitions.Add(definition);
        switch (definition)
        {
            case Probe probe: Probes.Add(probe); break;
            case Macro macro: Macros.Add(macro); break;
            case Subprogram function: Functions.Add(function); break;
            case MapDeclaration map: Maps.Add(map); break;
        }
    }
}

/// <summary><c>key = value</c> in <c>config = { }</c>.</summary>
internal sealed class ConfigAssignment : Node
{
    public required string Key { get; init; }

    public required Expression Value { get; init; }
}

internal sealed class Import : Node
{
    public required string Path { get; init; }
}

/// <summary><c>let @m = hash(N);</c></summary>
internal sealed class MapDeclaration : Node
{
    public required string Name { get; init; }

    /// <summary><c>hash</c>, <c>lruhash</c>, <c>percpuhash</c>, <c>percpulruhash</c>, <c>percpuarray</c> …</summary>
    public required string Kind { get; init; }

    public required Expression? MaxEntries { get; init; }
}

/// <summary><c>macro name($v, @m, e) { }</c>: gone after expansion.</summary>
internal sealed class Macro : Node
{
    public required string Name { get; init; }

    /// <summary>Each a <see cref="VariableReference"/>, <see cref="MapReference"/> or <see cref="Identifier"/>.</summary>
    public required List<Expression> Parameters { get; init; }

    /// <summary>A <see cref="BlockExpression"/>, or a <see cref="Block"/>.</summary>
    public required Node Body { get; init; }
}

/// <summary><c>fn f($a : int32) : int32 { }</c></summary>
internal sealed class Subprogram : Node
{
    public required string Name { get; init; }

    public required List<(VariableReference Variable, TypeName Type)> Parameters { get; init; }

    public required TypeName Result { get; init; }

    public required Block Body { get; init; }
}

/// <summary>Where a probe is attached, as written; <c>Probes/Parsing/AttachPointParser</c> takes it apart.</summary>
internal sealed class AttachPoint : Node
{
    /// <summary>Without a name; quotes stay, parameters (<c>$1</c>) are replaced.</summary>
    public required string Text { get; init; }

    /// <summary>The <c>name</c> of <c>name=probe</c>; null without.</summary>
    public string? Name { get; init; }
}

/// <summary><c>attach points /predicate/ { }</c>; its span is that of the attach points.</summary>
internal sealed class Probe : Node
{
    public required List<AttachPoint> AttachPoints { get; init; }

    public Expression? Predicate { get; set; }

    public required Block Body { get; init; }
}
