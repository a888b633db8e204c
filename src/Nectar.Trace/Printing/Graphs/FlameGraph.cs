// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Trace.Values;

namespace Nectar.Trace.Printing.Graphs;

/// <summary>Stacks as a flame graph: a box a function, as wide as its share, callers below what they call.</summary>
internal static class FlameGraph
{
    private const int RowHeight = 17;
    private const double LeastWidth = 0.2, CharacterWidth = 7.3;

    /// <summary>Adds a graph of a map to a page.</summary>
    public static void Add(SvgPage page, MapResult map)
    {
        Node root = new("all", SampleKind.Label);
        foreach (StackSample sample in StackSamples.Of(map)) root.Add(sample);
        if (root.Total == 0) return;
        page.Title(map.Name);
        page.Text(SvgPage.Margin, page.Top + 8, string.Create(CultureInfo.InvariantCulture, $"{root.Total:N0} in total; click to zoom, / to search"), "small");
        page.Skip(20);
        double unit = (SvgPage.Width - (2 * SvgPage.Margin)) / (double)root.Total;
        int depth = root.Depth(unit);
        int bottom = page.Top + (depth * RowHeight);
        StringBuilder text = new();
        text.Append("<g class=\"flame\">\n");
        Write(text, root, 0, 0, unit, bottom, root.Total);
        text.Append("</g>\n");
        page.Append(text.ToString());
        page.Skip((depth * RowHeight) + SvgPage.Margin);
    }

    private static void Write(StringBuilder text, Node node, int depth, double start, double unit, int bottom, ulong all)
    {
        double x = SvgPage.Margin + (start * unit), width = node.Total * unit;
        if (width < LeastWidth) return;
        int y = bottom - ((depth + 1) * RowHeight);
        string name = SvgPage.Escape(node.Name), share = (100.0 * node.Total / all).ToString("0.##", CultureInfo.InvariantCulture);
        int room = (int)((width - 6) / CharacterWidth);
        string shown = room < 3 ? "" : node.Name.Length <= room ? node.Name : node.Name[..(room - 2)] + "..";
        text.Append(CultureInfo.InvariantCulture, $"<g class=\"frame\" data-x=\"{start:0.###}\" data-w=\"{node.Total}\" data-d=\"{depth}\" data-n=\"{name}\"><title>{name}: {node.Total:N0} ({share} %)</title>");
        text.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.##}\" y=\"{y}\" width=\"{width:0.##}\" height=\"{RowHeight - 1}\" rx=\"2\" fill=\"{Color(node)}\"/>");
        text.Append(CultureInfo.InvariantCulture, $"<text x=\"{x + 3:0.##}\" y=\"{y + 12}\">{SvgPage.Escape(shown)}</text></g>\n");
        foreach (Node child in node.Children.Values)
        {
            Write(text, child, depth + 1, start, unit, bottom, all);
            start += child.Total;
        }
    }

    /// <summary>The same function has the same color in every graph: processes warm, the kernel cold, the rest grey.</summary>
    private static string Color(Node node)
    {
        uint hash = 2166136261;
        foreach (char c in node.Name) hash = (hash ^ c) * 16777619;
        int hue = node.Kind switch { SampleKind.User => 15 + (int)(hash % 40), SampleKind.Kernel => 190 + (int)(hash % 45), _ => 0 };
        int saturation = node.Kind == SampleKind.Label ? 0 : 75, light = 62 + (int)(hash / 64 % 14);
        return string.Create(CultureInfo.InvariantCulture, $"hsl({hue},{saturation}%,{light}%)");
    }

    private sealed class Node(string name, SampleKind kind)
    {
        public string Name { get; } = name;

        public SampleKind Kind { get; } = kind;

        public ulong Total { get; private set; }

        public SortedDictionary<string, Node> Children { get; } = new(StringComparer.Ordinal);

        public void Add(in StackSample sample)
        {
            Node at = this;
            at.Total += sample.Count;
            foreach (SampleFrame frame in sample.Frames)
            {
                string key = frame.Kind == SampleKind.Kernel ? frame.Name + "\0k" : frame.Name;
                if (!at.Children.TryGetValue(key, out Node? child)) at.Children.Add(key, child = new Node(frame.Name, frame.Kind));
                child.Total += sample.Count;
                at = child;
            }
        }

        public int Depth(double unit)
        {
            int deepest = 0;
            foreach (Node child in Children.Values)
            {
                if (child.Total * unit >= LeastWidth) deepest = Math.Max(deepest, child.Depth(unit));
            }

            return deepest + 1;
        }
    }
}
