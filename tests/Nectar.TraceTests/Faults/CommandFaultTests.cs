// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.TraceTests.Tools;

namespace Nectar.TraceTests.Faults;

/// <summary>The command among readers that go, terminals that hang up, processes that end, and signals.</summary>
public class CommandFaultTests
{
    private const int Hangup = 1, Interrupt = 2, User2 = 12;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [KernelFact]
    public async Task Reader_ThatGoes_EndsTheScriptAsASignalWould()
    {
        (int code, string output, _) = await Shell("NECTAR trace -q -e 'interval:ms:5 { printf(\"line\\n\") }' | head -1; echo ${PIPESTATUS[0]}");
        Assert.Equal((0, "line\n141\n"), (code, output));
    }

    [Fact]
    public async Task Option_ThatIsMisspelt_IsToldWithTheNearest()
    {
        (int code, _, string errors) = await Shell("NECTAR trace --outptu x -e 'begin { }'");
        Assert.Equal((1, "ERROR: unknown option '--outptu'\nHINT: did you mean '--output'?\n"), (code, errors));
    }

    [KernelFact]
    public async Task Disk_ThatIsFull_IsAnError()
    {
        (int code, _, string errors) = await Shell("NECTAR trace -q -e 'begin { printf(\"line\\n\") }' > /dev/full");
        Assert.Equal(1, code);
        Assert.Contains("the output cannot be written: No space left on device", errors, StringComparison.Ordinal);
    }

    [KernelTheory]
    [InlineData(Hangup)]
    [InlineData(Interrupt)]
    public async Task Signals_WhileItRuns_EndWithTheResultsSoFar(int signal)
    {
        (int code, string output, _) = await Signalled("begin { @ready = 1; printf(\"ready\\n\"); } interval:ms:5 { @n = count(); } end { printf(\"the end\\n\"); }", signal, again: false);
        Assert.Equal(0, code);
        Assert.Contains("the end\n", output, StringComparison.Ordinal);
        Assert.Contains("@ready: 1\n", output, StringComparison.Ordinal);
    }

    [KernelFact]
    public async Task NoticeOfAttachment_DoesNotHoldUpEvents()
    {
        // What waits behind the notice lets a hundred ticks pass before the first exit() is read, each time.
        int fewest = int.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            (int code, string output, string errors) = await Shell("__BPFTRACE_NOTIFY_PROBES_ATTACHED=1 NECTAR trace -q -e 'interval:ms:1 { @n = count(); exit() }'");
            Assert.True(code == 0 && output.StartsWith("__BPFTRACE_NOTIFY_PROBES_ATTACHED\n", StringComparison.Ordinal), output + errors);
            fewest = Math.Min(fewest, int.Parse(output[(output.IndexOf("@n: ", StringComparison.Ordinal) + 4)..], System.Globalization.CultureInfo.InvariantCulture));
        }

        Assert.InRange(fewest, 1, 80);
    }

    [KernelFact]
    public async Task Losses_WhenAskedFor_AreTold()
    {
        (int code, _, string errors) = await Signalled("begin { printf(\"ready\\n\"); @ = *(uint64 *)8; } interval:ms:50 { @n++; }", User2, again: true);
        Assert.Equal(0, code);
        Assert.Contains("1 reads of memory failed: the script saw zeros, so far", errors, StringComparison.Ordinal);
    }

    [KernelTheory]
    [InlineData("sleep 2 & NECTAR trace -q -p $! -e 'interval:ms:20 { @ = count() } end { printf(\"the end\\n\") }'", "the end\n")]
    [InlineData("NECTAR trace -q -c 'sleep 0.1' -e 'interval:ms:20 { @ = count() } end { printf(\"the end\\n\") }'", "the end\n")]
    [InlineData("printf 'begin\\r\\n{\\r\\n  printf(\"crlf\\\\n\");\\r\\n}\\r\\n' | NECTAR trace -q -", "crlf\n")]
    [InlineData("head -c 3000 /bin/ls | tail -c 2990 > $D/x.bt; NECTAR trace -q $D/x.bt 2>/dev/null; echo $?", "1\n")]
    [InlineData("printf 'begin { @x = 1;\\0 }' | NECTAR trace -q - 2>&1 >/dev/null | grep -c '^stdin:1:16-17: ERROR'", "1\n")]
    [InlineData("printf 'begin { printf(\"\\351\\\\n\"); }' > $D/x.bt; NECTAR trace -q $D/x.bt >/dev/null 2>&1; test $? -lt 2 && echo fine", "fine\n")]
    [InlineData("NECTAR trace -q - < /dev/null >/dev/null 2>&1; echo $?", "1\n")]
    [InlineData("NECTAR trace -q - <&- 2>&1; echo $?", "ERROR: failed to open file '-': standard input is closed\nHINT: a script itself stands behind -e\n1\n")]
    [InlineData("NECTAR trace -q - < $D 2>&1; echo $?", "Is a directory")]
    [InlineData("NECTAR trace -q /dev/zero 2>&1; echo $?", "ERROR: failed to open file '/dev/zero': longer than 67,108,864 characters\nHINT: a script itself stands behind -e\n1\n")]
    [InlineData("NECTAR trace -q -e '#include \"/dev/zero\"' 2>&1; echo $?", "ERROR")]
    [InlineData("NECTAR trace -q -e 'begin { for ($i : 0..9000000) { @++ } exit() }' 2>&1; echo $?", "1 calls of helpers failed")]
    [InlineData("sleep 0 & wait $!; NECTAR trace -q -p $! -e 'begin { }' 2>&1; echo $?", "Failed to attach to pid: there is no process")]
    [InlineData("NECTAR trace -q '' 2>&1; echo $?", "ERROR: failed to open file '': No such file or directory")]
    [InlineData("NECTAR trace -q -e 'begin { printf(\"x\\n\"); exit() }' 2>&-; echo code $?", "code 0\n")]
    public async Task WhatGoesOrIsNoScript_EndsCleanly(string command, string expected)
    {
        (int code, string output, string errors) = await Shell(command);
        Assert.True(code == 0 && output.Contains(expected, StringComparison.Ordinal), $"{code}: {output}{errors}");
    }

    [KernelTheory]
    [InlineData("trace -e 'interval:s:1 { @ = count() }'")]
    [InlineData("tools ext4dist")] // writes before it runs
    [InlineData("tools cpudist")]
    public async Task Interrupt_OfABackgroundJob_EndsItWithItsResults(string command)
    {
        // A shell without job control lets its background jobs ignore SIGINT.
        (int code, string output, string errors) = await Shell($"NECTAR {command} >$D/out 2>$D/errors & for i in $(seq 300); do grep -q ^Attached $D/errors && break; sleep 0.1; done; kill -INT $!; wait $!; echo code $?");
        Assert.True(code == 0 && output.EndsWith("code 0\n", StringComparison.Ordinal), output + errors);
    }

    [KernelFact]
    public async Task Interrupts_AtAnyMoment_EndTheCommand()
    {
        foreach (int delay in (int[])[5, 40, 80, 120, 160, 200, 250, 300, 400, 600])
        {
            using Process process = Start("env", ["--default-signal=INT", ToolRun.Command(), "trace", "-q", "-e", "begin { for ($i : 0..4000) { @[$i, comm] = hist($i); } } tracepoint:syscalls:sys_enter_* { @n = count(); }"]);
            Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
            await Task.Delay(delay);
            _ = Native.kill(process.Id, Interrupt);
            try
            {
                await process.WaitForExitAsync().WaitAsync(s_patience);
            }
            finally
            {
                if (!process.HasExited) process.Kill();
            }

            Assert.True(process.ExitCode is 0 or 1 or 130, $"after {delay} ms: {process.ExitCode}\n{await errors}");
            Assert.DoesNotContain("Unhandled", await errors, StringComparison.Ordinal);
            _ = await output;
        }
    }

    private static async Task<(int Code, string Output, string Errors)> Shell(string command)
    {
        string folder = Directory.CreateTempSubdirectory("nectar-fault-").FullName;
        try
        {
            using Process process = Start("bash", ["-c", $"D={folder}; {command.Replace("NECTAR", ToolRun.Command(), StringComparison.Ordinal)}"]);
            return await End(process);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Sends a signal once the script has printed something; if it is to go on, an interrupt behind it.</summary>
    private static async Task<(int Code, string Output, string Errors)> Signalled(string script, int signal, bool again)
    {
        using Process process = Start(ToolRun.Command(), ["trace", "-q", "-e", script]);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string first = await process.StandardOutput.ReadLineAsync().WaitAsync(s_patience) + "\n";
        await Task.Delay(200);
        _ = Native.kill(process.Id, signal);
        if (again)
        {
            await Task.Delay(400);
            _ = Native.kill(process.Id, Interrupt);
        }

        string rest = await process.StandardOutput.ReadToEndAsync().WaitAsync(s_patience);
        await process.WaitForExitAsync().WaitAsync(s_patience);
        return (process.ExitCode, first + rest, await errors);
    }

    private static Process Start(string program, string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static async Task<(int, string, string)> End(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(s_patience);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }

        return (process.ExitCode, await output, await errors);
    }
}
