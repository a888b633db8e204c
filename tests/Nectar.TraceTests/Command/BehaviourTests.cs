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

    [KernelTheory]
    [InlineData("-kk", "-kk")]
    [InlineData("-k", "-k, --warnings conflicts with --no-warnings", "--no-warnings")]
    [InlineData("--no-warnings", "-k, --warnings conflicts with --no-warnings", "-k")]
    [InlineData("-p1", "Cannot use both -c and -p.", "-c", "true")]
    [InlineData("--test", "--bench conflicts", "--bench")]
    [InlineData("-Bsome", "-B: 'some' is none of line, full, none")]
    [InlineData("-p4194303", "Failed to attach to pid: there is no process 4194303")]
    [InlineData("-o/nowhere/x", "failed to open file '/nowhere/x': No such file or directory")]
    [InlineData("-o/", "failed to open file '/': Is a directory")]
    [InlineData("--emit-elf=/nowhere/x", "failed to open file '/nowhere/x': No such file or directory")]
    [InlineData("--aot=/nowhere/x", "failed to open file '/nowhere/x': No such file or directory")]
    public void Options_ThatCannotBe_AreOneError(string option, string message, params string[] more)
    {
        (int code, string output, string errors) = Run([option, .. more, "-e", "begin { print(1) }"]);
        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("ERROR: ", errors, StringComparison.Ordinal);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.True(errors.Count(c => c == '\n') <= 2, errors);
    }

    [KernelFact]
    public void Bytes_ThatAreNoText_ArePrintedAsTheyAre()
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "out"), recording = Path.Combine(folder.Path, "recording");
        const string Script = """begin { printf("\x80|%s\xff\n", "\x81"); print("\x82"); time("\x83\n"); exit() }""";
        byte[] expected = [0x80, (byte)'|', 0x81, 0xff, (byte)'\n', 0x82, (byte)'\n', 0x83, (byte)'\n', (byte)'\n', (byte)'\n'];
        Assert.Equal(0, Run("-q", "-o", file, "-e", Script).ExitCode);
        Assert.Equal(expected, File.ReadAllBytes(file));
        Assert.Equal(0, Run("-q", "--record", recording, "-e", Script).ExitCode);
        Assert.Equal(0, Run("--replay", recording, "-o", file).ExitCode);
        Assert.Equal(expected, File.ReadAllBytes(file));
        Assert.StartsWith("""{"type": "printf", "data": "\u0080|\u0081\u00ff\n"}""", Run("-q", "-f", "json", "-e", Script).Output, StringComparison.Ordinal);
    }

    [KernelFact]
    public void NoWarnings_HidesThoseOfTheRunToo()
    {
        const string Script = "let @m = hash(1); begin { @m[1] = 1; @m[2] = 2; $z = 0; print(5 / $z); warnf(\"low\"); exit() }";
        Assert.Equal(("1\n\n\n@m[1]: 1\n", ""), Run("-q", "--no-warnings", "-e", Script) is var (_, output, errors) ? (output, errors) : default);
        string told = Run("-q", "-e", Script).Error;
        Assert.Contains("Map full", told, StringComparison.Ordinal);
        Assert.Contains("Divide or modulo by 0", told, StringComparison.Ordinal);
    }

    [KernelFact]
    public void Config_IsARecord()
    {
        string output = Run("-q", "-e", "config = { max_strlen = 200; stack_mode = raw } begin { print(config); $c = config; print(($c.max_strlen, $c.stack_mode)); exit() }").Output;
        Assert.StartsWith("{ .cpp_demangle = true, .lazy_symbolication = false, ", output, StringComparison.Ordinal);
        Assert.Contains(".max_strlen = 200, ", output, StringComparison.Ordinal);
        Assert.Contains("\n(200, raw)\n", output, StringComparison.Ordinal);
    }

    [KernelFact]
    public void Color_IsAsTheEnvironmentSays()
    {
        Assert.StartsWith("\e[31mstdin:1:9-10: ERROR: Unknown identifier: 'a'\e[0m\n", WithColor("always", "begin { a }"), StringComparison.Ordinal);
        Assert.Equal("\e[31mstdin:1:9-20: ERROR: x\e[0m\n", WithColor("always", """begin { errorf("x"); exit() }"""));
        Assert.StartsWith("stdin:1:9-10: ERROR", WithColor("never", "begin { a }"), StringComparison.Ordinal);
    }

    private static string WithColor(string choice, string script)
    {
        ProcessStartInfo start = new(ToolRun.Command(), ["trace", "-q", "-e", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["BPFTRACE_COLOR"] = choice;
        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return errors;
    }

    private static (int ExitCode, string Output, string Error) Run(params string[] arguments) => TestEnvironment.Run(ToolRun.Command(), ["trace", .. arguments]);
}
