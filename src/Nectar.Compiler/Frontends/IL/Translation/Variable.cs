// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>
/// A local, an argument, or a place for a value that crosses blocks. It is memory in the frame, unless it is written at one place only that all
/// readers come after, or holds an object: then it is a name for that.
/// </summary>
internal sealed class Variable(TypeModel type, string name)
{
    public TypeModel Type { get; } = type;

    public string Name { get; } = name;

    /// <summary>Its memory; null while it has none.</summary>
    public Value? Slot { get; set; }

    /// <summary>Bytes that loads and stores of it have.</summary>
    public int Width { get; set; }

    /// <summary>What it stands for, if it has no memory.</summary>
    public Operand Known { get; set; }

    /// <summary>True if it never gets memory for a scalar.</summary>
    public bool IsDirect { get; set; }
}
