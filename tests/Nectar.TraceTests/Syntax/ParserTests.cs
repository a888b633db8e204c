// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.TraceTests.Syntax;

public sealed class ParserTests
{
    internal static Script Parse(string text, ParseOptions? options = null)
    {
        DiagnosticBag bag = new();
        Script script = Parser.Parse(new SourceText("stdin", text), options ?? ParseOptions.Default, bag);
        Assert.Empty(bag.Items);
        return script;
    }

    internal static string Errors(string text, ParseOptions? options = null)
    {
        DiagnosticBag bag = new();
        Parser.Parse(new SourceText("stdin", text), options ?? ParseOptions.Default, bag);
        StringWriter output = new();
        ScriptDiagnostics.Print(bag.Items, output);
        return output.ToString();
    }

    [Theory]
    [InlineData("BEGIN { printf(\"hi %d\\n\", pid); }", "BEGIN")]
    [InlineData("kprobe:vfs_*,kretprobe:vfs_read /pid == $1/ { @[comm, tid] = count(); }", "kprobe:vfs_*|kretprobe:vfs_read")]
    [InlineData("uprobe:/bin/bash:\"a b\" { }", "uprobe:/bin/bash:\"a b\"")]
    [InlineData("interval:s:1/pid/{ exit() }", "interval:s:1")]
    [InlineData("t:syscalls:sys_enter_open { $x = (struct task_struct *)curtask; print($x->comm) }", "t:syscalls:sys_enter_open")]
    public void Parse_OfProbes_KeepsTheirAttachPoints(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Parse(text, new ParseOptions { Parameters = ["1"] }).Probes[0].AttachPoints.Select(p => p.Text)));

    [Theory]
    [InlineData("$1 { }", "i:ms:1")]
    [InlineData("uprobe:$2:f { }", "uprobe:\"/a b:c\":f")]
    [InlineData("uprobe:/$3/bash:r { }", "uprobe:/x/bash:r")]
    [InlineData("uprobe:\"$3\":r { }", "uprobe:\"$3\":r")]
    public void Parse_OfParametersInAttachPoints_ReplacesThem(string text, string expected) =>
        Assert.Equal(expected, Parse(text, new ParseOptions { Parameters = ["i:ms:1", "/a b:c", "x"] }).Probes[0].AttachPoints[0].Text);

    [Fact]
    public void Parse_OfSeveralErrors_ReportsEach()
    {
        string errors = Errors("begin { $x = ; @y = 1; let 5; }\nend { exit( }\n");
        Assert.Equal(3, errors.Split("ERROR").Length - 1);
        Assert.Contains("stdin:1:14-15: ERROR: syntax: expected expression\nbegin { $x = ; @y = 1; let 5; }\n             ~\n", errors, StringComparison.Ordinal);
    }
}
