// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>Explanations as text: short in the shape of every diagnostic, and long.</summary>
internal static class ExplanationText
{
    private const int ShortPath = 6;

    internal static Diagnostic ToDiagnostic(Explanation explanation)
    {
        List<string> notes = [$"note: {explanation.Category.ToWords()}: {explanation.Title}"];
        if (explanation.Instruction is { } slot)
        {
            string text = explanation.Instructions.FirstOrDefault(line => line.IsMarked)?.Text ?? "";
            notes.Add($"note: insn {slot}{(text.Length > 0 ? ": " + text : "")}{string.Concat(explanation.Registers.Select(register => $"; {register}"))}");
        }

        if (explanation.KernelText is { } kernel) notes.Add($"note: the kernel says: {kernel}");
        int shown = Math.Min(ShortPath, explanation.Path.Length), before = explanation.Path.Length - shown + explanation.OmittedEvents;
        if (before > 0 && shown > 0) notes.Add($"note: path: … {before} more, then");
        foreach (CausalEvent one in explanation.Path.TakeLast(shown)) notes.Add($"note: {(before > 0 ? "  " : "path: ")}{Place(one, explanation)}{Words(one)}");
        foreach (string fact in explanation.Facts) notes.Add($"note: {fact}");
        notes.Add($"help: {explanation.Suggestion}");
        return new Diagnostic(explanation.Code, Severity.Error, Message(explanation), explanation.Source?.Span, explanation.Instruction, [.. notes]) { SourceLine = explanation.Source?.Text };
    }

    internal static string ToLongText(Explanation explanation)
    {
        StringBuilder text = new();
        if (explanation.Source is { } place) text.Append(place.Span).Append(": ");
        text.Append("error ").Append(explanation.Code).Append(": ").Append(Message(explanation)).Append('\n');
        text.Append("  ").Append(explanation.Category.ToWords()).Append(": ").Append(explanation.Title).Append('\n');
        if (explanation.Source is { } source) AppendSource(text, source, explanation.Title);
        AppendCode(text, explanation);
        if (explanation.KernelText is { } kernel) text.Append("  kernel:\n    ").Append(kernel.ReplaceLineEndings("\n    ")).Append('\n');
        if (explanation.Path.Length > 0)
        {
            text.Append("  path:\n");
            if (explanation.OmittedEvents > 0) text.Append(CultureInfo.InvariantCulture, $"    … {explanation.OmittedEvents} others\n");
            foreach (CausalEvent one in explanation.Path) text.Append("    ").Append(Place(one, explanation)).Append(Words(one)).Append('\n');
        }

        foreach (string fact in explanation.Facts) text.Append("  note: ").Append(fact).Append('\n');
        return text.Append("  help: ").Append(explanation.Suggestion).Append('\n').ToString();
    }

    private static string Message(Explanation explanation) => explanation.Program is { } name ? $"program '{name}': {explanation.Reason}" : explanation.Reason;

    private static void AppendSource(StringBuilder text, SourceExcerpt source, string title)
    {
        if (source.Lines.IsEmpty) return;
        if (source.Function is { } function) text.Append("  in ").Append(function).Append(":\n");
        int width = Math.Max(4, source.Lines[^1].Number.ToString(CultureInfo.InvariantCulture).Length);
        int last = 0;
        foreach (SourceLine line in source.Lines)
        {
            bool isMarked = line.Number == source.Span.Line;
            if (last > 0 && line.Number > last + 1) text.Append(' ', 4 + width - 1).Append("… |\n");
            last = line.Number;
            text.Append(isMarked ? ">>> " : "    ").Append(line.Number.ToString(CultureInfo.InvariantCulture).PadLeft(width)).Append(" | ").Append(line.Text).Append('\n');
            if (!isMarked) continue;
            int start = Math.Clamp(source.Span.Column - 1, 0, line.Text.Length);
            text.Append(' ', 4 + width).Append(" | ");
            foreach (char c in line.Text.AsSpan(0, start)) text.Append(c == '\t' ? '\t' : ' '); // a tab stays a tab, so that the caret lines up
            text.Append('^', Math.Max(1, source.Span.EndColumn - source.Span.Column)).Append(' ').Append(title).Append('\n');
        }
    }

    private static void AppendCode(StringBuilder text, Explanation explanation)
    {
        if (explanation.Instructions.IsEmpty) return;
        text.Append("  code:\n");
        int width = Math.Max(4, explanation.Instructions[^1].Slot.ToString(CultureInfo.InvariantCulture).Length);
        foreach (CodeLine line in explanation.Instructions)
        {
            text.Append(line.IsMarked ? ">>> " : "    ").Append(line.Slot.ToString(CultureInfo.InvariantCulture).PadLeft(width)).Append(": ").Append(line.Text).Append('\n');
            if (!line.IsMarked) continue;
            foreach (RegisterKnowledge register in explanation.Registers) text.Append(' ', 4 + width + 2).Append(register).Append('\n');
        }
    }

    /// <summary>The line, with the file where it is another than that of the refused line.</summary>
    private static string Place(CausalEvent one, Explanation explanation) => one.Line == 0 ? $"insn {one.Slot}: "
        : one.File == explanation.Source?.Span.File ? $"line {one.Line}, insn {one.Slot}: " : $"{one.File}({one.Line}), insn {one.Slot}: ";

    private static string Words(CausalEvent one) => one.Times > 1 ? $"{one.Text}, {one.Times} times" : one.Text;
}
