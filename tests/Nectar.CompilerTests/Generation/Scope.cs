// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.CompilerTests.Generation;

/// <summary>The variables that a place in a generated method may name.</summary>
internal sealed class Scope(Scope? parent = null)
{
    private readonly List<(string Name, string Type, bool IsWritable)> _values = [];
    private readonly List<(string Name, string Element, int Length)> _spans = [];

    /// <summary>Levels of loops around it.</summary>
    internal int LoopDepth { get; init; } = parent?.LoopDepth ?? 0;

    internal void AddValue(string name, string type, bool isWritable = true) => _values.Add((name, type, isWritable));

    internal void AddSpan(string name, string element, int length) => _spans.Add((name, element, length));

    internal IEnumerable<(string Name, string Type, bool IsWritable)> Values => parent is null ? _values : parent.Values.Concat(_values);

    internal IEnumerable<(string Name, string Element, int Length)> Spans => parent is null ? _spans : parent.Spans.Concat(_spans);
}
