// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;

namespace Nectar.Bpf.Diagnostics;

/// <summary>Collects diagnostics while a reader of untrusted input goes on; exceptions are thrown only at the public edge.</summary>
public sealed class DiagnosticBag
{
    private readonly List<Diagnostic> _items = [];

    /// <summary>The most errors that are kept; a hostile file must not fill memory with complaints.</summary>
    public const int MaxErrors = 200;

    /// <summary>True once an error was reported.</summary>
    public bool HasErrors => ErrorCount > 0;

    /// <summary>How many errors were reported, also beyond <see cref="MaxErrors"/>.</summary>
    public int ErrorCount { get; private set; }

    /// <summary>All that was kept, in the order of reporting.</summary>
    public IReadOnlyList<Diagnostic> Items => _items;

    /// <summary>Adds one diagnostic.</summary>
    public void Add(Diagnostic diagnostic)
    {
        ArgumentNullException.ThrowIfNull(diagnostic);
        if (diagnostic.Severity == Severity.Error) ErrorCount++;
        if (_items.Count < MaxErrors) _items.Add(diagnostic);
    }

    /// <summary>Adds an error that has no place in a text.</summary>
    public void Error(DiagnosticCode code, string message, params ReadOnlySpan<string> notes) => Add(Diagnostic.Error(code, message, notes));

    /// <summary>The diagnostics as a value.</summary>
    public ImmutableArray<Diagnostic> ToImmutable() => [.. _items];
}
