// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO.Enumeration;

namespace Nectar.Bpf.Verifier.Reports;

/// <summary>
/// Which programs of a table are shown, and in which order. A filter is a pattern for names (<c>xdp_*</c>, <c>prog.o/xdp_*</c>; with <c>!</c> in front
/// for what is left out) or a comparison (<c>walked&gt;1000</c>, <c>verdict=refuse</c>). Of several patterns one must fit, of comparisons all.
/// </summary>
public sealed class ReportQuery
{
    private static readonly string[] s_operators = ["!=", "<=", ">=", "=", "<", ">"];

    private readonly List<string> _allowed = [];
    private readonly List<string> _denied = [];
    private readonly List<(ReportColumn Column, string Operator, string Text, long Number)> _comparisons = [];
    private readonly List<(ReportColumn Column, bool Descending)> _order = [];

    /// <summary>Reads filters and orders.</summary>
    /// <param name="filters">Patterns and comparisons.</param>
    /// <param name="order">Columns, each with <c>:asc</c> (default) or <c>:desc</c> behind it.</param>
    /// <param name="query">The query, if true comes back.</param>
    /// <param name="problem">What is wrong, if false comes back.</param>
    public static bool TryParse(IEnumerable<string> filters, IEnumerable<string> order, [NotNullWhen(true)] out ReportQuery? query, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(filters);
        ArgumentNullException.ThrowIfNull(order);
        ReportQuery made = new();
        query = null;
        problem = null;
        foreach (string filter in filters) problem ??= made.AddFilter(filter.Trim());
        foreach (string one in order) problem ??= made.AddOrder(one.Trim());
        if (problem is not null) return false;
        query = made;
        return true;
    }

    /// <summary>True if a program's names fit, before anything is known about it.</summary>
    public bool Names(string objectName, string program) =>
        (_allowed.Count == 0 || _allowed.Exists(pattern => Fits(pattern, objectName, program))) && !_denied.Exists(pattern => Fits(pattern, objectName, program));

    /// <summary>The reports that are shown, in their order.</summary>
    public IEnumerable<ProgramReport> Apply(IEnumerable<ProgramReport> reports)
    {
        ProgramReport[] shown = [.. reports.Where(report => Names(report.Object, report.Program) && _comparisons.TrueForAll(comparison => Holds(comparison, report)))];
        if (_order.Count == 0) return shown;
        Comparer<ProgramReport> byColumns = Comparer<ProgramReport>.Create(Compare);
        return shown.Order(byColumns); // stable
    }

    private int Compare(ProgramReport left, ProgramReport right)
    {
        foreach ((ReportColumn column, bool descending) in _order)
        {
            int compared = column.Compare(left, right);
            if (compared != 0) return descending ? -compared : compared;
        }

        return 0;
    }

    private string? AddFilter(string filter)
    {
        foreach (string sign in s_operators)
        {
            int at = filter.IndexOf(sign, StringComparison.Ordinal);
            if (at <= 0) continue;
            string name = filter[..at], value = filter[(at + sign.Length)..];
            if (!ReportColumn.TryFind(name, out ReportColumn? column)) return UnknownColumn(name);
            long number = 0;
            if (column.Number is not null && !long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)) return $"'{value}' is no number to compare '{column.Name}' with";
            if (column.Number is null && sign is not ("=" or "!=")) return $"'{column.Name}' is text, which can be compared with = and != only";
            _comparisons.Add((column, sign, value, number));
            return null;
        }

        if (filter.Length == 0 || filter == "!") return "an empty filter";
        if (filter[0] == '!') _denied.Add(filter[1..]);
        else _allowed.Add(filter);
        return null;
    }

    private string? AddOrder(string order)
    {
        int colon = order.IndexOf(':', StringComparison.Ordinal);
        string name = colon < 0 ? order : order[..colon], direction = colon < 0 ? "asc" : order[(colon + 1)..];
        if (!ReportColumn.TryFind(name, out ReportColumn? column)) return UnknownColumn(name);
        if (direction is not ("asc" or "desc")) return $"'{direction}' is neither asc nor desc";
        _order.Add((column, direction == "desc"));
        return null;
    }

    private static string UnknownColumn(string name) => $"there is no column '{name}'; the columns are {string.Join(", ", ReportColumn.All.Select(column => column.Name))}";

    private static bool Fits(string pattern, string objectName, string program)
    {
        int slash = pattern.LastIndexOf('/');
        return slash < 0
            ? FileSystemName.MatchesSimpleExpression(pattern, program, ignoreCase: false) || FileSystemName.MatchesSimpleExpression(pattern, objectName, ignoreCase: false)
            : FileSystemName.MatchesSimpleExpression(pattern.AsSpan(0, slash), objectName, ignoreCase: false) && FileSystemName.MatchesSimpleExpression(pattern.AsSpan(slash + 1), program, ignoreCase: false);
    }

    private static bool Holds((ReportColumn Column, string Operator, string Text, long Number) comparison, ProgramReport report)
    {
        int compared = comparison.Column.Number is { } number ? number(report).CompareTo(comparison.Number) : string.Compare(comparison.Column.Text(report), comparison.Text, StringComparison.OrdinalIgnoreCase);
        return comparison.Operator switch { "=" => compared == 0, "!=" => compared != 0, "<" => compared < 0, "<=" => compared <= 0, ">" => compared > 0, _ => compared >= 0 };
    }
}
