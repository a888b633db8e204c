// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm;

/// <summary>Why a run ended early: what the program did, where, and on which memory.</summary>
public sealed class VmFault
{
    internal VmFault(FaultKind kind, string program, int instruction, string message, DiagnosticCode code, LineInfo? line)
    {
        Kind = kind;
        Program = program;
        Instruction = instruction;
        Message = message;
        Line = line;
        SourceSpan? span = line is { Line: > 0 } l ? new SourceSpan(l.File, l.Line, Math.Max(1, l.Column), l.Line, Math.Max(1, l.Column)) : null;
        Diagnostic = new Diagnostic(code, Severity.Error, $"program '{program}': {message}", span, instruction, span is null ? [] : [$"note: insn {instruction}"])
        {
            SourceLine = span is null ? null : line?.Text,
        };
    }

    /// <summary>What kind of failure it is.</summary>
    public FaultKind Kind { get; }

    /// <summary>The program that was running; after a tail call not the one that was started.</summary>
    public string Program { get; }

    /// <summary>The slot of the instruction in the linked program.</summary>
    public int Instruction { get; }

    /// <summary>What happened, for example <c>read of 4 bytes at packet+1500 (packet is 1500 bytes)</c>.</summary>
    public string Message { get; }

    /// <summary>For memory faults: the size of the access in bytes.</summary>
    public int AccessSize { get; init; }

    /// <summary>For memory faults: true if it was a write.</summary>
    public bool IsWrite { get; init; }

    /// <summary>For memory faults: the nearest memory of the program, for example <c>packet</c> or <c>map 'flows' value</c>; null if none is near.</summary>
    public string? Region { get; init; }

    /// <summary>For memory faults: the offset of the access from the start of <see cref="Region"/>.</summary>
    public long Offset { get; init; }

    /// <summary>The source line, where the object has line information.</summary>
    public LineInfo? Line { get; }

    /// <summary>The fault as a diagnostic (NEC9221 and following).</summary>
    public Diagnostic Diagnostic { get; }

    /// <inheritdoc/>
    public override string ToString() => Diagnostic.ToString();
}
