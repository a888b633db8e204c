// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Reports;

namespace Nectar.Cli.Views;

/// <summary>Verdicts as tables.</summary>
internal static class VerifyView
{
    private const int MostLines = 20;

    internal static void WriteTable(IReadOnlyList<ProgramReport> reports, TextWriter text)
    {
        bool besideKernel = reports.Any(report => report.BesideKernel is not null);
        List<string[]> rows = [["OBJECT", "PROGRAM", "TYPE", "VERDICT", "CODE", "WALKED", "STATES", "TIME", "STACK", .. besideKernel ? ["KERNEL", "WALKED", "TIME"] : Array.Empty<string>(), "WHY"]];
        foreach (ProgramReport report in reports)
        {
            string[] beside = report.BesideKernel is { } kernel ? [ReportColumn.WordsOf(kernel.Verdict), Count(kernel.Walked), Time(kernel.Microseconds)] : besideKernel ? ["", "", ""] : [];
            rows.Add([report.Object, report.Program, report.Type, ReportColumn.WordsOf(report.Verdict), Count(report.Instructions), Count(report.Walked), Count(report.States), Time(report.Microseconds),
                Count(report.StackBytes), .. beside, Why(report)]);
        }

        WriteRows(rows, text, right: besideKernel ? [4, 5, 6, 7, 8, 10, 11] : [4, 5, 6, 7, 8]);
        int refused = reports.Count(report => report.Verdict == Verdict.Refuse), unjudged = reports.Count(report => report.Verdict == Verdict.NotJudged);
        text.WriteLine($"{reports.Count} programs, {reports.Count - refused - unjudged} accepted, {refused} refused{(unjudged > 0 ? $", {unjudged} not judged" : "")}");
    }

    internal static void WriteWhy(IEnumerable<ProgramReport> reports, TextWriter text)
    {
        foreach (ProgramReport report in reports)
        {
            if (report.Explanation is { } why) text.WriteLine("\n" + why.ToLongText().TrimEnd());
            if (report.BesideKernel?.Explanation is { } kernel) text.WriteLine("\nthe running kernel:\n" + kernel.ToLongText().TrimEnd());
        }
    }

    /// <summary>A row a program, a column a kernel; below, the reason of each refusal once.</summary>
    internal static void WriteMatrix(IReadOnlyList<ProgramReport> reports, IReadOnlyList<string> kernels, TextWriter text)
    {
        List<string[]> rows = [["OBJECT", "PROGRAM", .. kernels]];
        List<(string Program, string Kernels, string Why)> reasons = [];
        foreach (IGrouping<(string Object, string Program), ProgramReport> program in reports.GroupBy(report => (report.Object, report.Program)))
        {
            rows.Add([program.Key.Object, program.Key.Program, .. kernels.Select(kernel => program.FirstOrDefault(report => report.Kernel == kernel) is { } report ? Short(report) : "")]);
            foreach (IGrouping<string, ProgramReport> same in program.Where(report => report.Verdict != Verdict.Accept).GroupBy(Why))
            {
                reasons.Add(($"{program.Key.Object}/{program.Key.Program}", string.Join(", ", same.Select(report => report.Kernel)), same.Key));
            }
        }

        WriteRows(rows, text, right: []);
        foreach ((string program, string on, string why) in reasons) text.WriteLine($"{program} on {on}: {why}");
    }

    internal static void WriteStates(VerifiedProgram program, TextWriter text, bool listing)
    {
        if (program.Linked is not { } linked) return;
        text.WriteLine($"\n{program.Report.Program}: {program.Report.Walked} instructions walked");
        if (listing)
        {
            text.Write(BudgetProfile.Annotate(linked, program.Visits));
            return;
        }

        List<string[]> rows = [["WALKED", "SHARE", "CODE", "LINE", "SOURCE"]];
        long all = Math.Max(1, program.Visits.Sum(visits => (long)visits));
        foreach (LineCost line in BudgetProfile.ByLine(linked, program.Visits).Take(MostLines))
        {
            rows.Add([Count(line.Walked), string.Create(CultureInfo.InvariantCulture, $"{100.0 * line.Walked / all:0.0} %"), Count(line.Instructions), line.Line == 0 ? "" : $"{Path.GetFileName(line.File)}:{line.Line}", line.Text]);
        }

        WriteRows(rows, text, right: [0, 1, 2]);
    }

    internal static void WriteComparison(IReadOnlyList<ProgramChange> changes, IReadOnlyCollection<ProgramChange> regressions, TextWriter text)
    {
        List<string[]> rows = [["PROGRAM", "CHANGE", "VERDICT", "WALKED", "STATES", "TIME"]];
        foreach (ProgramChange change in changes)
        {
            if (change.Kind == ChangeKind.Same) continue;
            ProgramReport one = (change.After ?? change.Before)!;
            rows.Add([one.Program, $"{(regressions.Contains(change) ? "! " : "")}{change.Kind.ToString().ToLowerInvariant()}", Pair(change, report => ReportColumn.WordsOf(report.Verdict)),
                Pair(change, report => Count(report.Walked)), Pair(change, report => Count(report.States)), Pair(change, report => Time(report.Microseconds))]);
        }

        if (rows.Count > 1) WriteRows(rows, text, right: []);
        text.WriteLine($"{changes.Count} programs compared, {changes.Count(change => change.Kind != ChangeKind.Same)} changed, {regressions.Count} regressions");
    }

    private static string Pair(ProgramChange change, Func<ProgramReport, string> value)
    {
        string before = change.Before is { } was ? value(was) : "-", after = change.After is { } now ? value(now) : "-";
        return before == after ? before : $"{before} -> {after}";
    }

    private static string Short(ProgramReport report) => report.Verdict switch { Verdict.Accept => "yes", Verdict.Refuse => "no", _ => "?" };

    private static string Why(ProgramReport report) => report.Explanation is { } why ? $"{why.Code} {why.Category.ToWords()}: {why.Reason}" : report.Problem ?? "";

    private static string Count(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(long microseconds) => microseconds < 10_000 ? $"{microseconds} us" : string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1000.0:0.0} ms");

    private static void WriteRows(List<string[]> rows, TextWriter text, int[] right)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            IEnumerable<string> cells = row.Select((cell, column) => column == row.Length - 1 ? cell : right.Contains(column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
            text.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }
}
