// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Trace.Values;

namespace Nectar.Trace.Printing.Graphs;

/// <summary>A histogram over time: a column a moment, a row a bucket, the darker the more came in between.</summary>
internal sealed class HeatMap(string name)
{
    private const int MostColumns = 600, RowHeight = 18, LabelWidth = 150;

    private readonly List<(double Seconds, Dictionary<long, ulong> New)> _columns = [];
    private readonly SortedDictionary<long, string> _rows = [];
    private Dictionary<long, ulong> _before = [];

    public string Name => name;

    public bool IsEmpty => _rows.Count == 0;

    /// <summary>Takes what was counted since the last call.</summary>
    /// <param name="seconds">Since the start.</param>
    public void Add(double seconds, HistogramValue histogram)
    {
        Dictionary<long, ulong> now = [], added = [];
        foreach (HistogramBucket bucket in histogram.Buckets)
        {
            long row = bucket.From ?? long.MinValue;
            now[row] = bucket.Count;
            _rows[row] = bucket.From is null ? $"(..., {bucket.ToLabel})" : bucket.To is null ? $"[{bucket.FromLabel}, ...)" : bucket.IsSingle ? $"[{bucket.FromLabel}]" : $"[{bucket.FromLabel}, {bucket.ToLabel})";
            ulong before = _before.GetValueOrDefault(row);
            ulong difference = bucket.Count >= before ? bucket.Count - before : bucket.Count; // less than before: it was cleared
            if (difference != 0) added[row] = difference;
        }

        _before = now;
        _columns.Add((seconds, added));
        if (_columns.Count > MostColumns) Halve();
    }

    public void Draw(SvgPage page)
    {
        if (IsEmpty || _columns.Count == 0) return;
        page.Title(name);
        ulong most = 1;
        foreach ((_, Dictionary<long, ulong> cells) in _columns)
        {
            foreach (ulong count in cells.Values) most = Math.Max(most, count);
        }

        double width = (SvgPage.Width - LabelWidth - (2 * SvgPage.Margin)) / (double)_columns.Count;
        int bottom = page.Top + (_rows.Count * RowHeight), index = 0;
        StringBuilder text = new();
        foreach ((long row, string label) in _rows)
        {
            int y = bottom - (++index * RowHeight);
            page.Text(LabelWidth, y + 13, label, "right");
            for (int column = 0; column < _columns.Count; column++)
            {
                if (!_columns[column].New.TryGetValue(row, out ulong count)) continue;
                double light = 92 - (70 * Math.Log(1 + count) / Math.Log(1 + most)); // single events stay visible beside many
                double x = LabelWidth + SvgPage.Margin + (column * width);
                text.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.##}\" y=\"{y}\" width=\"{width + 0.3:0.##}\" height=\"{RowHeight - 1}\" fill=\"hsl(22,90%,{light:0}%)\">");
                text.Append(CultureInfo.InvariantCulture, $"<title>{SvgPage.Escape(label)} at {_columns[column].Seconds:0.#} s: {count:N0}</title></rect>\n");
            }
        }

        page.Append(text.ToString());
        page.Text(LabelWidth + SvgPage.Margin, bottom + 14, "0 s", "small");
        page.Text(SvgPage.Width - SvgPage.Margin, bottom + 14, string.Create(CultureInfo.InvariantCulture, $"{_columns[^1].Seconds:0.#} s"), "small right");
        page.Skip((_rows.Count * RowHeight) + 30);
    }

    /// <summary>Two columns become one.</summary>
    private void Halve()
    {
        for (int i = 0; i + 1 < _columns.Count; i++)
        {
            (double seconds, Dictionary<long, ulong> cells) = _columns[i + 1];
            foreach ((long row, ulong count) in _columns[i].New) cells[row] = cells.GetValueOrDefault(row) + count;
            _columns[i] = (seconds, cells);
            _columns.RemoveAt(i + 1);
        }
    }
}
