// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Tests.Support;
using Nectar.TraceTests.Tools;

namespace Nectar.TraceTests.Command;

/// <summary>What the command prints and does besides running hooks.</summary>
public sealed class BehaviourTests
{
    [KernelFact]
    public void Errorf_InMacros_NamesEachUse()
    {
        const string Script = "macro low(x) { errorf(\"low: %d\", x); }\nmacro check(x) { low(x); }\nbegin { check(5); warnf(\"plain\"); exit() }";
        (_, _, string errors) = Run("-e", Script);
        Assert.Contains("""
            stdin:1:16-36: ERROR: low: 5
            stdin:2:18-24: ERROR: expanded from
            macro check(x) { low(x); }
                             ~~~~~~
            stdin:3:9-17: ERROR: expanded from
            begin { check(5); warnf("plain"); exit() }
                    ~~~~~~~~
            stdin:3:19-33: WARNING: plain

            """, errors, StringComparison.Ordinal);
    }

    [KernelFact]
    public void NegativeNumber_AsPointer_IsItsBytes()
    {
        const string Script = "begin { print((uint8 *)-1); exit() }";
        Assert.StartsWith("0xff\n", Run("-e", Script).Output, StringComparison.Ordinal);
        Assert.StartsWith("0xffffffffffffffff\n", Run("--strict", "-e", Script).Output, StringComparison.Ordinal);
    }

    [KernelFact]
    public void Iterator_WalksToItsEnd()
    {
        string[] names = Run("-e", """iter:task { printf("%d %s\n", ctx.task.pid, ctx.task.comm); exit(); }""").Output.Split('\n');
        Assert.Contains("2 kthreadd", names);
        Assert.Contains(names, name => name.StartsWith($"{Environment.ProcessId} ", StringComparison.Ordinal));
    }

    [KernelFact]
    public void VariablesOfProcessors_AreFoundWithOrWithoutTheirNames()
    {
        const string Script = """
            begin
            {
                for ($i : 0..ncpus) { $r = (struct rq *)percpu_kaddr("runqueues", $i); printf("%d ", $r.cpu); }
                printf("%d %d\n", (uint32)*percpu_kaddr("cpu_number", 1) == 1 || ncpus == 1, percpu_kaddr("runqueues", 5000) == 0);
                exit();
            }
            """;
        string output = Run("-e", Script).Output;
        Assert.StartsWith("0 ", output, StringComparison.Ordinal);
        Assert.Matches(@"^(\d+ )+1 1\n", output);
    }

    [KernelFact]
    public void TimeSeries_TakeTheirTimeFromAMap()
    {
        const string Script = "begin { @now = (uint64)86400s; for ($i : 0..4) { @s = tseries($i * 10, 1s, 3, \"max\"); @now += 1s; } clear(@now); }";
        ProcessStartInfo start = new(ToolRun.Command(), ["trace", "-q", "-f", "json", "-e", Script]) { RedirectStandardOutput = true };
        start.Environment["BPFTRACE_DUMMY_TS_MAP"] = "@now";
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Contains("""[{"interval_start":"1970-01-02 00:00:01.000000000","value":10},{"interval_start":"1970-01-02 00:00:02.000000000","value":20},{"interval_start":"1970-01-02 00:00:03.000000000","value":30}]""", output, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task Interrupt_DoesNotWaitForCommandsThatAreDue()
    {
        ProcessStartInfo start = new(ToolRun.Command(), ["trace", "--unsafe", "-e", """profile:ms:1 { system("sleep 0.05; echo one") } end { print("over") }"""]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        while (await process.StandardOutput.ReadLineAsync() is { } line && line != "one")
        {
            // until commands run
        }

        _ = Native.kill(process.Id, 2);
        string rest = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Contains("over\n", rest, StringComparison.Ordinal);
        Assert.Matches(@"WARNING: \d+ commands of system\(\) were not run: the script had been stopped\n", await errors);
    }

    [KernelFact]
    public void Aot_IsAScriptToExecute()
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "asked");
        Assert.Equal(0, Run("-e", "#!/usr/bin/env bpftrace\nbegin { print((getopt(\"size\", 4), $1)); exit() }", "--aot", file).ExitCode);
        (int code, string output, string errors) = TestEnvironment.Run(file, "12", "--", "--size=9");
        Assert.True(code == 0, errors);
        Assert.StartsWith("(9, 12)\n", output, StringComparison.Ordinal);
        Assert.Equal(1, Run("-e", "begin { nonsense }", "--aot", file + "2").ExitCode);
        Assert.False(File.Exists(file + "2"));
    }

    private static (int ExitCode, string Output, string Error) Run(params string[] arguments) => TestEnvironment.Run(ToolRun.Command(), ["trace", .. arguments]);
}
