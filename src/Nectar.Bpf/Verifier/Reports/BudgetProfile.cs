// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Bpf.Verifier.Reports;

/// <summary>What one source line cost the verifier.</summary>
/// <param name="File">The file; empty for code without line info.</param>
/// <param name="Line">The line; 0 for code without line info.</param>
/// <param name="Text">Its text.</param>
/// <param name="Walked">Instructions that were walked there on all paths.</param>
/// <param name="Instructions">Instructions that the line became.</param>
public sealed record LineCost(string File, int Line, string Text, long Walked, int Instructions);

/// <summary>Where the verifier's work went, by source line and by instruction.</summary>
public static class BudgetProfile
{
    /// <summary>The lines, the most expensive first.</summary>
    /// <param name="program">The program.</param>
    /// <param name="visits">How often each slot was walked.</param>
    public static ImmutableArray<LineCost> ByLine(LinkedProgram program, IReadOnlyList<int> visits)
    {
        ArgumentNullException.ThrowIfNull(program);
        ProgramText text = new(program);
        Dictionary<(string File, int Line), LineCost> lines = [];
        for (int slot = 0; slot < Math.Min(visits.Count, program.Instructions.Length); slot++)
        {
            LineInfo? info = text.Line(slot);
            (string, int) key = (info?.File ?? "", info?.Line ?? 0);
            LineCost cost = lines.GetValueOrDefault(key) ?? new LineCost(key.Item1, key.Item2, info?.Text.Trim() ?? "", 0, 0);
            lines[key] = cost with { Walked = cost.Walked + visits[slot], Instructions = cost.Instructions + 1 };
            if (program.Instructions[slot].IsWide) slot++;
        }

        return [.. lines.Values.OrderByDescending(line => line.Walked).ThenBy(line => line.Line)];
    }

    /// <summary>The code with how often each instruction was walked, source lines between.</summary>
    public static string Annotate(LinkedProgram program, IReadOnlyList<int> visits)
    {
        ArgumentNullException.ThrowIfNull(program);
        ProgramText text = new(program);
        StringBuilder listing = new();
        LineInfo? before = null;
        string? function = null;
        for (int slot = 0; slot < program.Instructions.Length; slot++)
        {
            if (text.Function(slot) is { } name && name != function) listing.Append(function = name).Append(":\n");
            if (text.Line(slot) is { } line && (before?.Line != line.Line || before?.File != line.File))
            {
                before = line;
                listing.Append(CultureInfo.InvariantCulture, $"{"",12}  ; {line.File}:{line.Line}: {line.Text.Trim()}\n");
            }

            long times = slot < visits.Count ? visits[slot] : 0;
            listing.Append(CultureInfo.InvariantCulture, $"{(times == 0 ? "-" : times.ToString(CultureInfo.InvariantCulture)),12}  {slot,5}: {text.Text(slot)}\n");
            if (program.Instructions[slot].IsWide) slot++;
        }

        return listing.ToString();
    }
}
