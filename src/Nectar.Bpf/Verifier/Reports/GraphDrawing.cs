// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Security;
using System.Text;
using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Bpf.Verifier.Reports;

/// <summary>Draws control flow graphs: SVG, which browsers show, and DOT for graphviz. Blocks that the verifier walked often are warm.</summary>
public static class GraphDrawing
{
    private const int MostLines = 24, MostCharacters = 64;
    private const double LineHeight = 15, CharacterWidth = 7.3, Padding = 8;

    /// <summary>The graph as an SVG document of its own.</summary>
    public static string ToSvg(ControlFlowGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        GraphBox[] boxes = GraphLayout.Place(graph, Measure);
        double width = boxes.Length == 0 ? 10 : boxes.Max(box => box.X + box.Width) + 40, height = boxes.Length == 0 ? 10 : boxes.Max(box => box.Y + box.Height) + 30;
        long most = graph.Blocks.Select(block => block.Visits).DefaultIfEmpty().Max();
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:0}\" height=\"{height:0}\" viewBox=\"0 0 {width:0} {height:0}\" font-family=\"monospace\" font-size=\"12\">\n");
        svg.Append("<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#555\"/></marker></defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
        foreach (FlowEdge edge in graph.Edges) AppendEdge(svg, boxes[edge.From], boxes[edge.To], edge);
        for (int i = 0; i < boxes.Length; i++) AppendBlock(svg, graph.Blocks[i], boxes[i], most, isFirst: i == 0 || graph.Blocks[i].Function != graph.Blocks[i - 1].Function);
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>The graph in graphviz's language.</summary>
    public static string ToDot(ControlFlowGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        long most = graph.Blocks.Select(block => block.Visits).DefaultIfEmpty().Max();
        StringBuilder dot = new("digraph program {\n  node [shape=box, fontname=monospace, fontsize=10, style=filled];\n");
        for (int i = 0; i < graph.Blocks.Length; i++)
        {
            string text = string.Concat(Lines(graph.Blocks[i]).Select(line => line.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\\l"));
            dot.Append(CultureInfo.InvariantCulture, $"  b{i} [fillcolor=\"{Colour(graph.Blocks[i].Visits, most)}\", label=\"{text}\"];\n");
        }

        foreach (FlowEdge edge in graph.Edges) dot.Append(CultureInfo.InvariantCulture, $"  b{edge.From} -> b{edge.To}{(edge.Kind == FlowKind.Jump ? " [color=\"#1f6f3f\"]" : "")};\n");
        return dot.Append("}\n").ToString();
    }

    private static List<string> Lines(FlowBlock block)
    {
        List<string> lines = [$"{(block.Visits > 0 ? $"{block.Visits} visits" : "not walked")}, insn {block.Start} to {block.Lines[^1].Slot}"];
        foreach (CodeLine line in block.Lines.Take(MostLines))
        {
            string text = $"{line.Slot,4}: {line.Text}";
            lines.Add(text.Length > MostCharacters ? text[..(MostCharacters - 1)] + "…" : text);
        }

        if (block.Lines.Length > MostLines) lines.Add($"      … {block.Lines.Length - MostLines} more");
        return lines;
    }

    private static (double Width, double Height) Measure(FlowBlock block)
    {
        List<string> lines = Lines(block);
        return ((lines.Max(line => line.Length) * CharacterWidth) + (2 * Padding), (lines.Count * LineHeight) + (2 * Padding));
    }

    private static void AppendBlock(StringBuilder svg, FlowBlock block, GraphBox box, long most, bool isFirst)
    {
        if (isFirst && block.Function is { } function) svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{box.X:0}\" y=\"{box.Y - 5:0}\" font-weight=\"bold\">{SecurityElement.Escape(function)}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<g><rect x=\"{box.X:0}\" y=\"{box.Y:0}\" width=\"{box.Width:0}\" height=\"{box.Height:0}\" rx=\"4\" fill=\"{Colour(block.Visits, most)}\" stroke=\"#555\"/>\n");
        double y = box.Y + Padding + 11;
        bool isHeading = true;
        foreach (string line in Lines(block))
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{box.X + Padding:0}\" y=\"{y:0}\" xml:space=\"preserve\"{(isHeading ? " fill=\"#666\"" : "")}>{SecurityElement.Escape(line)}</text>\n");
            isHeading = false;
            y += LineHeight;
        }

        svg.Append("</g>\n");
    }

    private static void AppendEdge(StringBuilder svg, GraphBox from, GraphBox to, FlowEdge edge)
    {
        string colour = edge.Kind == FlowKind.Jump ? "#1f6f3f" : "#555";
        double x1 = from.X + (from.Width / 2), y1 = from.Y + from.Height, x2 = to.X + (to.Width / 2), y2 = to.Y;
        if (edge.To <= edge.From)
        {
            // back: around the right side
            double side = Math.Max(from.X + from.Width, to.X + to.Width) + 24;
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{from.X + from.Width:0} {y1 - 10:0}C{side:0} {y1 - 10:0} {side:0} {y2 + 10:0} {to.X + to.Width:0} {y2 + 10:0}\" fill=\"none\" stroke=\"#b03a2e\" marker-end=\"url(#tip)\"/>\n");
            return;
        }

        double bend = Math.Max(16, (y2 - y1) / 2);
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{x1:0} {y1:0}C{x1:0} {y1 + bend:0} {x2:0} {y2 - bend:0} {x2:0} {y2:0}\" fill=\"none\" stroke=\"{colour}\" marker-end=\"url(#tip)\"/>\n");
    }

    /// <summary>White for what was not walked, yellow to red on a logarithmic scale.</summary>
    private static string Colour(long visits, long most)
    {
        if (visits <= 0 || most <= 0) return "#f2f2f2";
        double heat = most == 1 ? 0 : Math.Log(visits) / Math.Log(most);
        return string.Create(CultureInfo.InvariantCulture, $"#ff{(int)(250 - (110 * heat)):x2}{(int)(220 - (120 * heat)):x2}");
    }
}
