// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Reports;

/// <summary>A box of the drawing, in pixels.</summary>
/// <param name="X">The left side.</param>
/// <param name="Y">The upper side.</param>
/// <param name="Width">Its width.</param>
/// <param name="Height">Its height.</param>
internal readonly record struct GraphBox(double X, double Y, double Width, double Height);

/// <summary>
/// Lays a graph out in layers: every block below all that lead to it except over edges back, blocks of a layer in the order of the mean place of
/// what they hang on, so that edges are short and cross little.
/// </summary>
internal static class GraphLayout
{
    private const int Sweeps = 8;
    private const double GapX = 28, GapY = 44;

    internal static GraphBox[] Place(ControlFlowGraph graph, Func<FlowBlock, (double Width, double Height)> measure)
    {
        int count = graph.Blocks.Length;
        int[] layers = FindLayers(graph);
        List<int>[] rows = [.. Enumerable.Range(0, count == 0 ? 0 : layers.Max() + 1).Select(_ => new List<int>())];
        for (int i = 0; i < count; i++) rows[layers[i]].Add(i);
        double[] order = new double[count];
        foreach (List<int> row in rows) Number(row, order);
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            foreach (List<int> row in sweep % 2 == 0 ? rows : Enumerable.Reverse(rows)) Sort(graph, row, layers, order, down: sweep % 2 == 0);
        }

        GraphBox[] boxes = new GraphBox[count];
        double[] widths = [.. rows.Select(row => row.Sum(block => measure(graph.Blocks[block]).Width + GapX))];
        double widest = widths.Length == 0 ? 0 : widths.Max(), y = GapY / 2;
        for (int layer = 0; layer < rows.Length; layer++)
        {
            double x = GapX / 2 + ((widest - widths[layer]) / 2), highest = 0;
            foreach (int block in rows[layer])
            {
                (double width, double height) = measure(graph.Blocks[block]);
                boxes[block] = new GraphBox(x, y, width, height);
                x += width + GapX;
                highest = Math.Max(highest, height);
            }

            y += highest + GapY;
        }

        return boxes;
    }

    /// <summary>The longest way from an entry. Blocks are in the order of slots, so that an edge to an earlier block is one back.</summary>
    private static int[] FindLayers(ControlFlowGraph graph)
    {
        int[] layers = new int[graph.Blocks.Length];
        ILookup<int, int> next = graph.Edges.Where(edge => edge.To > edge.From).ToLookup(edge => edge.From, edge => edge.To);
        string? function = null;
        int deepest = 0, first = 0;
        for (int i = 0; i < layers.Length; i++)
        {
            if (i > 0 && graph.Blocks[i].Function != function) first = deepest + 1; // a function stands below the one before it
            function = graph.Blocks[i].Function;
            layers[i] = Math.Max(layers[i], first);
            foreach (int to in next[i]) layers[to] = Math.Max(layers[to], layers[i] + 1);
            deepest = Math.Max(deepest, layers[i]);
        }

        return layers;
    }

    private static void Sort(ControlFlowGraph graph, List<int> row, int[] layers, double[] order, bool down)
    {
        if (row.Count < 2) return;
        Dictionary<int, (double Sum, int Count)> means = [];
        foreach (FlowEdge edge in graph.Edges)
        {
            (int here, int there) = down ? (edge.To, edge.From) : (edge.From, edge.To);
            if (layers[here] == layers[there] || layers[here] != layers[row[0]]) continue;
            (double sum, int count) = means.GetValueOrDefault(here);
            means[here] = (sum + order[there], count + 1);
        }

        double Mean(int block) => means.TryGetValue(block, out (double Sum, int Count) mean) ? mean.Sum / mean.Count : order[block];
        int[] sorted = [.. row.OrderBy(Mean)];
        row.Clear();
        row.AddRange(sorted);
        Number(row, order);
    }

    private static void Number(List<int> row, double[] order)
    {
        for (int i = 0; i < row.Count; i++) order[row[i]] = (i + 0.5) / row.Count;
    }
}
