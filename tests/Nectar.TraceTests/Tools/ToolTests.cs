// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Tests.Support;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Tools;
using Xunit.Abstractions;

namespace Nectar.TraceTests.Tools;

/// <summary>The ready scripts: each has its case, and shows what happens.</summary>
public sealed class ToolTests(ITestOutputHelper log)
{
    /// <summary>Tools that run at a time: they wait for events most of the time.</summary>
    private const int AtOnce = 6;

    [Fact]
    public void EachTool_HasACase()
    {
        List<string> tools = [.. ToolList.Names.Order(StringComparer.Ordinal)];
        Assert.True(tools.Count >= 60);
        Assert.Equal(tools, ToolCase.ReadAll().Select(c => c.Name).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EachTool_SaysWhatItIsFor()
    {
        foreach (string name in ToolList.Names)
        {
            Tool tool = ToolList.Find(name)!;
            Assert.StartsWith($"// {name}: ", tool.Script, StringComparison.Ordinal);
            Assert.NotEmpty(tool.Purpose);
        }
    }

    [KernelFact]
    public void NoTool_DividesWhatMayBeNegative()
    {
        // whoever saves a tool and runs it as a script of their own gets this warning; the tool itself hides it
        foreach (string name in ToolList.Names)
        {
            DiagnosticBag diagnostics = new();
            Script script = Parser.Parse(new SourceText(name, ToolList.Find(name)!.Script), new ParseOptions(), diagnostics);
            Binder.Bind(script, new BindOptions { IsUnsafe = true }, diagnostics);
            Assert.DoesNotContain(diagnostics.Items, d => d.Message.StartsWith("signed operands", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("funclatency", 1)]
    [InlineData("funccount", 1)]
    [InlineData("fileslower", 0)]
    [InlineData("sslsniff", 0)]
    [InlineData("loads", 0)]
    public void RequiredParameters_OfATool_AreThoseOfItsUsage(string name, int expected) => Assert.Equal(expected, ToolList.Find(name)!.RequiredParameters);

    [Theory]
    [InlineData("funclatency", int.MaxValue)]
    [InlineData("fileslower", 1)]
    [InlineData("sslsniff", 0)]
    [InlineData("memleak", 0)]
    [InlineData("runqlat", 0)]
    public void MostParameters_OfATool_AreThoseOfItsUsage(string name, int expected) => Assert.Equal(expected, ToolList.Find(name)!.MostParameters);

    [KernelTheory]
    [InlineData("ERROR: runqlat takes no parameters: '1 10' says nothing to it\nHINT: nectar tools runqlat --help\n", "runqlat", "1", "10")]
    [InlineData("ERROR: opensnoop takes one parameter: 'b' says nothing to it\nHINT: nectar tools opensnoop --help\n", "opensnoop", "a", "b")]
    [InlineData("ERROR: unknown option '-x'\nHINT: nectar tools opensnoop [COMMAND]     only of this one\nHINT: -p PID, -c COMMAND, -o FILE, -f json and the other options of nectar trace apply\n", "opensnoop", "-x")]
    public void WordsThatAToolDoesNotKnow_AreTold(string errors, params string[] words) =>
        Assert.Equal((1, "", errors), TestEnvironment.Run(ToolRun.Command(), ["tools", .. words]));

    [KernelFact("bash", "perl", "python3", "openssl", "ip")]
    public async Task EachTool_WithAWorkload_ShowsIt()
    {
        using SemaphoreSlim room = new(AtOnce);
        List<ToolCase> again = [];
        await Task.WhenAll(ToolCase.ReadAll().Select(async tool =>
        {
            await room.WaitAsync();
            try
            {
                if (await ToolRun.Check(tool) is not { } problem) return;
                lock (again) again.Add(tool);
                log.WriteLine($"once more, alone: {problem}");
            }
            finally
            {
                room.Release();
            }
        }));

        // Workloads live on time (a retransmission, a tick of a second): what six at once on a busy machine can upset must hold when a tool is alone.
        List<string?> problems = [];
        foreach (ToolCase tool in again) problems.Add(await ToolRun.Check(tool));
        string text = string.Join("\n\n", problems.Where(p => p is not null));
        Assert.True(text.Length == 0, text);
    }
}
