// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Linux.Symbols.Names.Itanium;

/// <summary>
/// The text that nodes are printed into. Nodes are shared, so that a short name can stand for a text of exponential length: printing
/// stops (<see cref="IsOver"/>) when the text or the number of nodes gets too large.
/// </summary>
internal sealed class DemangleOutput
{
    private const int MaxLength = 1 << 16, MaxNodes = 1 << 18, MaxDepth = 512;
    private readonly StringBuilder _text = new();
    private int _nodes, _depth;

    /// <summary>Which element of a parameter pack is printed; -1 outside of pack expansions.</summary>
    internal int PackIndex { get; set; } = -1;

    /// <summary>How many elements the pack of the expansion has; -1 if none was met.</summary>
    internal int PackSize { get; set; } = -1;

    /// <summary>The template arguments of the function whose name is printed.</summary>
    internal IReadOnlyList<Node>? Arguments { get; set; }

    internal bool IsInLambda { get; set; }

    internal bool IsInExpansion { get; set; }

    internal bool IsOver { get; private set; }

    internal int Length => _text.Length;

    /// <summary>The last character that was printed, even if it was taken back: binutils looks at that one, and so its text is matched.</summary>
    internal char Last { get; private set; }

    internal void Add(string text)
    {
        if (_text.Length + text.Length > MaxLength) IsOver = true;
        else _text.Append(text);
        if (text.Length > 0) Last = text[^1];
    }

    internal void Truncate(int length) => _text.Length = Math.Min(length, _text.Length);

    internal bool Enter()
    {
        if (++_nodes > MaxNodes || ++_depth > MaxDepth) IsOver = true;
        return !IsOver;
    }

    internal void Leave() => _depth--;

    public override string ToString() => _text.ToString();
}
