// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Text.Json;
using System.Xml.Linq;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Reports;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Verifier.Reports;

public sealed class ReportTests
{
    private const string Text = """
        .map counts type=hash key=4 value=8 max=1
        .program count type=xdp
            r6 = *(u32 *)(r1 + 12)
            *(u32 *)(r10 - 4) = 0
            r1 = counts ll
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem
            if r6 == 0 goto out
            r1 = *(u64 *)(r0 + 0)
        out:
            r1 = 3
        again:
            r1 += -1
            if r1 != 0 goto again
            call helped
            r0 = 2
            exit
        .function helped
            r0 = 0
            exit
        """;

    [Fact]
    public void Json_GoesThereAndBack()
    {
        ProgramReport report = Report(Explanation());
        string json = ReportJson.ToJson([report]);
        Assert.Contains("\"code\": \"NEC3104\"", json, StringComparison.Ordinal);
        Assert.Contains("\"category\": \"RegisterType\"", json, StringComparison.Ordinal);
        ImmutableArray<ProgramReport> read = ReportJson.TryRead(json)!.Value;
        Assert.Equal(json, ReportJson.ToJson(read));
        Assert.Equal(report.Explanation!.ToLongText(), read[0].Explanation!.ToLongText());
        Assert.Equal(report.Explanation.ToString(), ReportJson.TryReadExplanation(ReportJson.ToJson(report.Explanation))!.ToString());
        foreach (string bad in new[] { "", "{}", "[1]", "[{}]", "[null]", json[..^20], json.Replace("NEC3104", "what", StringComparison.Ordinal) }) Assert.Null(ReportJson.TryRead(bad));
    }

    [Fact]
    public void Sarif_HasRulesResultsPlacesAndFlows()
    {
        using JsonDocument log = JsonDocument.Parse(Sarif());
        JsonElement run = log.RootElement.GetProperty("runs")[0];
        Assert.Equal("2.1.0", log.RootElement.GetProperty("version").GetString());
        JsonElement rule = Assert.Single(run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray());
        Assert.Equal("NEC3104", rule.GetProperty("id").GetString());
        Assert.Equal(2, run.GetProperty("results").GetArrayLength());
        JsonElement result = run.GetProperty("results")[0];
        Assert.Equal(0, result.GetProperty("ruleIndex").GetInt32());
        JsonElement place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal("dir/my%20prog.bpfasm", place.GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal(10, place.GetProperty("region").GetProperty("startLine").GetInt32());
        Assert.True(result.GetProperty("codeFlows")[0].GetProperty("threadFlows")[0].GetProperty("locations").GetArrayLength() >= 2);
    }

    [SarifSchemaFact]
    public void Sarif_IsValid()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, Sarif());
            (int exitCode, string output, string error) = TestEnvironment.Run("python3", "-c",
                "import json,sys,jsonschema; s=json.load(open(sys.argv[1])); jsonschema.Draft7Validator(s).validate(json.load(open(sys.argv[2])))", SarifSchemaFactAttribute.Schema, file);
            Assert.True(exitCode == 0, output + error);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Graph_HasBlocksEdgesAndFunctions()
    {
        ControlFlowGraph graph = ControlFlowGraph.Of(Program(), [5, 5, 5, 0, 5, 5, 5, 5, 3, 4]);
        Assert.Equal([(0, 8), (8, 9), (9, 10), (10, 12), (12, 15), (15, 17)], graph.Blocks.Select(block => (block.Start, block.End)));
        Assert.Equal([(0, 2, FlowKind.Jump), (0, 1, FlowKind.Next), (1, 2, FlowKind.Next), (2, 3, FlowKind.Next), (3, 3, FlowKind.Jump), (3, 4, FlowKind.Next)],
            graph.Edges.Select(edge => (edge.From, edge.To, edge.Kind)));
        Assert.Equal("helped", graph.Blocks[5].Function);
        Assert.Equal([5, 3, 4, 0, 0, 0], graph.Blocks.Select(block => block.Visits));
    }

    [Fact]
    public void Drawing_IsWellFormed_AndBoxesDoNotOverlap()
    {
        ControlFlowGraph graph = ControlFlowGraph.Of(Program(), [5, 5, 5, 0, 5, 5, 5, 5, 3, 4]);
        XDocument svg = XDocument.Parse(GraphDrawing.ToSvg(graph));
        XNamespace name = "http://www.w3.org/2000/svg";
        (double X, double Y, double Width, double Height)[] boxes = [.. svg.Descendants(name + "g").Select(group => group.Element(name + "rect")!).Select(rect =>
            ((double)rect.Attribute("x")!, (double)rect.Attribute("y")!, (double)rect.Attribute("width")!, (double)rect.Attribute("height")!))];
        Assert.Equal(6, boxes.Length);
        Assert.Equal(6, svg.Descendants(name + "path").Count(path => path.Attribute("marker-end") is not null));
        for (int i = 0; i < boxes.Length; i++)
        {
            for (int j = i + 1; j < boxes.Length; j++)
            {
                bool apart = boxes[i].X + boxes[i].Width <= boxes[j].X || boxes[j].X + boxes[j].Width <= boxes[i].X || boxes[i].Y + boxes[i].Height <= boxes[j].Y || boxes[j].Y + boxes[j].Height <= boxes[i].Y;
                Assert.True(apart, $"{i} and {j}");
            }
        }

        string dot = GraphDrawing.ToDot(graph);
        Assert.Equal(6, dot.Split("->").Length - 1);
        Assert.StartsWith("digraph", dot, StringComparison.Ordinal);
    }

    [Fact]
    public void Comparison_FindsWhatBrokeAndWhatGrew()
    {
        ProgramReport a = Report(null) with { Program = "a", Walked = 1000 }, b = a with { Program = "b" }, c = a with { Program = "c" }, d = a with { Program = "d" };
        ImmutableArray<ProgramChange> changes = Comparison.Of([a, b, c, d], [a, b with { Verdict = Verdict.Refuse }, c with { Walked = 1150 }, Report(null) with { Program = "e" }]);
        Assert.Equal([ChangeKind.Same, ChangeKind.Broken, ChangeKind.Counts, ChangeKind.Added, ChangeKind.Removed], changes.Select(change => change.Kind));
        Assert.Equal(["b", "c"], Comparison.Regressions(changes).Select(change => change.After!.Program));
        Assert.Equal(["b"], Comparison.Regressions(changes, 0.2).Select(change => change.After!.Program));
    }

    [Fact]
    public void Profile_SumsByLine()
    {
        ImmutableArray<LineCost> costs = BudgetProfile.ByLine(Program(), [1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 9, 9]);
        Assert.Equal([9L, 9L], costs.Take(2).Select(cost => cost.Walked));
        Assert.Equal("r1 += -1", costs[0].Text);
        Assert.Contains("           9     10: r1 += -1", BudgetProfile.Annotate(Program(), [1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 9, 9]), StringComparison.Ordinal);
    }

    private static byte[] Sarif()
    {
        using MemoryStream log = new();
        Explanation one = Explanation();
        SarifReport.Write(log, [one, one with { Source = null, Path = [], Instruction = null, KernelText = "R0 invalid mem access" }], "1.0");
        return log.ToArray();
    }

    private static ProgramReport Report(Explanation? explanation) => new()
    {
        Object = "prog", Program = "count", Type = "Xdp", Kernel = "6.18", Verdict = explanation is null ? Verdict.Accept : Verdict.Refuse, Instructions = 17, Walked = 12, Explanation = explanation,
    };

    private static LinkedProgram Program()
    {
        BpfObject source = Assembler.Assemble(Text, "dir/my prog.bpfasm");
        return ProgramLinker.Link(source, source.Programs[0]);
    }

    private static Explanation Explanation() => ExplanationBuilder.Build(new ProgramText(Program()), "count",
        new Violation(ViolationKind.NullablePointer, 8, "r0 may be null: the value of map 'counts' or null") { Register = 0 }, [0, 1, 2, 4, 5, 6, 7, 8], [new RegisterKnowledge("r0", "map_value_or_null", "")]);
}
