// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Nectar.Bpf.Verifier.Reports;

/// <summary>A column of the table of programs: what filters and sorting name.</summary>
/// <param name="Name">Its name: <c>walked</c>.</param>
/// <param name="Text">What stands in it.</param>
/// <param name="Number">Its value where it is a number; null for text.</param>
public sealed record ReportColumn(string Name, Func<ProgramReport, string> Text, Func<ProgramReport, long>? Number)
{
    /// <summary>Every column, in the order of the table.</summary>
    public static IReadOnlyList<ReportColumn> All { get; } =
    [
        new("object", static report => report.Object, null),
        new("program", static report => report.Program, null),
        new("type", static report => report.Type, null),
        new("kernel", static report => report.Kernel, null),
        new("verdict", static report => WordsOf(report.Verdict), null),
        OfNumber("code", static report => report.Instructions),
        OfNumber("walked", static report => report.Walked),
        OfNumber("states", static report => report.States),
        OfNumber("peak", static report => report.PeakStates),
        OfNumber("time", static report => report.Microseconds),
        OfNumber("stack", static report => report.StackBytes),
        new("mode", static report => report.DecidedBy ?? "", null),
        new("why", static report => report.Explanation?.Code.ToString() ?? "", null),
        new("category", static report => report.Explanation is { } why ? Explanations.ViolationCategories.ToWords(why.Category) : "", null),
    ];

    /// <summary>Finds a column by its name.</summary>
    public static bool TryFind(string name, [NotNullWhen(true)] out ReportColumn? column)
    {
        column = All.FirstOrDefault(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return column is not null;
    }

    /// <summary>A verdict in a word.</summary>
    public static string WordsOf(Verdict verdict) => verdict switch { Reports.Verdict.Accept => "accept", Reports.Verdict.Refuse => "refuse", _ => "not judged" };

    /// <summary>Compares two reports by this column.</summary>
    internal int Compare(ProgramReport left, ProgramReport right) =>
        Number is { } number ? number(left).CompareTo(number(right)) : string.Compare(Text(left), Text(right), StringComparison.Ordinal);

    private static ReportColumn OfNumber(string name, Func<ProgramReport, long> number) => new(name, report => number(report).ToString(CultureInfo.InvariantCulture), number);
}
