// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;

namespace Nectar.TraceTests.Runtime;

/// <summary>What <c>-d</c> prints, and what <c>--no-feature</c> changes.</summary>
public sealed class StageTests
{
    private const string Script = "macro twice($x) { $x * 2 } begin { $a = (uint64)pid; @[comm] = twice($a); }";

    [Theory]
    [InlineData("parse", "macro: twice")]
    [InlineData("ast", "name: pid")]
    [InlineData("types", "@: string[16] to uint64")]
    [InlineData("codegen", "function begin_1 i32")]
    [InlineData("codegen-opt", "call.i64 \"bpf_map_update_elem\"")]
    [InlineData("dis", "call bpf_map_update_elem")]
    public void Stage_PrintsItsOwn(string stage, string expected)
    {
        string text = Dump(stage);
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.DoesNotContain("\r", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Passes_ShortenTheCode() => Assert.True(Dump("codegen-opt").Split('\n').Length < Dump("codegen").Split('\n').Length);

    [Fact]
    public void OtherStages_PrintNothing() => Assert.Equal("", Dump("libbpf"));

    [KernelFact]
    public void MissingFeature_GivesEachHookItsLink()
    {
        const string Hooks = "uprobe:libc:malloc,uprobe:libc:free { @ = count(); }";
        Assert.Equal("uprobe.multi", SectionOf(Hooks, []));
        Assert.Equal("uprobe", SectionOf(Hooks, ["uprobe_multi"]));
    }

    [KernelFact]
    public void VerifiersWords_BeyondTheirSize_AreAnError()
    {
        (int code, _, string errors) = TestEnvironment.Run("env", "BPFTRACE_LOG_SIZE=2", Tools.ToolRun.Command(), "trace", "-v", "-e", "begin { exit(); }");
        Assert.Equal(1, code);
        Assert.Contains("ERROR: Error loading BPF program for begin_1. Error code: -28", errors, StringComparison.Ordinal);
        Assert.Contains("WARNING: Kernel log seems to be trimmed", errors, StringComparison.Ordinal);
        (code, string output, errors) = TestEnvironment.Run(Tools.ToolRun.Command(), "trace", "-d", "verifier", "-v", "-e", "begin { exit(); }");
        Assert.Equal(0, code);
        Assert.Contains("begin_1: what the verifier says", output, StringComparison.Ordinal);
        Assert.Contains("processed ", output, StringComparison.Ordinal);
        Assert.Contains("Program ID: ", errors, StringComparison.Ordinal);
    }

    private static string SectionOf(string script, string[] missing)
    {
        DiagnosticBag diagnostics = new();
        TracePlan plan = TraceCompiler.Compile(new SourceText("stdin", script), new ParseOptions(), new BindOptions { Attach = new AttachOptions() }, new LoweringOptions { MissingFeatures = missing }, diagnostics)!;
        return ProbePrograms.SectionFor(plan.Probes[0]);
    }

    private static string Dump(string stage)
    {
        StringWriter text = new() { NewLine = "\n" };
        DiagnosticBag diagnostics = new();
        Assert.NotNull(TraceCompiler.Compile(new SourceText("stdin", Script), new ParseOptions(), new BindOptions { Attach = new AttachOptions() }, new LoweringOptions(), diagnostics, new StageDump([stage], text)));
        return text.ToString();
    }
}
