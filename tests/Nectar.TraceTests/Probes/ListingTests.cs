// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Trace.Probes;

namespace Nectar.TraceTests.Probes;

/// <summary>What <c>-l</c> and <c>-lv</c> print.</summary>
public sealed class ListingTests
{
    [KernelFact]
    public void PatternAlone_IsLookedForInAllKinds()
    {
        StringWriter text = new();
        Assert.True(ProbeListing.List("*sched_switch", isVerbose: false, new AttachOptions(), text));
        string[] lines = text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("tracepoint:sched:sched_switch", lines);
        Assert.Contains("rawtracepoint:vmlinux:sched_switch", lines);
        Assert.DoesNotContain(lines, line => !line.EndsWith("sched_switch", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("interval:*", "interval:hz:\ninterval:ms:\ninterval:s:\ninterval:us:\n")]
    [InlineData("self:*", "self:signal:SIGUSR1\n")]
    [InlineData("hardware:cpu-*", "hardware:cpu-cycles:\n")]
    [InlineData("software:cpu*", "software:cpu:\nsoftware:cpu-clock:\nsoftware:cpu-migrations:\n")]
    public void List_FixedKind_IsWhole(string pattern, string text) => Assert.Equal(text, Text(pattern));

    [KernelFact]
    public void List_Tracepoint_ShowsOwnFields() =>
        Assert.Equal("tracepoint:raw_syscalls:sys_enter\n    long id\n    unsigned long args[6]\n", Text("tracepoint:raw_syscalls:sys_enter", isVerbose: true));

    [KernelFact]
    public void List_RawTracepoint_LeavesOutFirstParameter() =>
        Assert.Equal("rawtracepoint:vmlinux:sys_enter\n    struct pt_regs * regs\n    long id\n", Text("rawtracepoint:sys_enter", isVerbose: true).Replace("long int", "long", StringComparison.Ordinal));

    [KernelFact]
    public void List_Trampoline_KnowsResultAtReturnOnly()
    {
        Assert.DoesNotContain("retval", Text("fentry:vfs_read", isVerbose: true), StringComparison.Ordinal);
        Assert.Contains("    struct file * file\n", Text("fentry:vfs_read", isVerbose: true), StringComparison.Ordinal);
        Assert.EndsWith("    ssize_t retval\n", Text("fexit:vmlinux:vfs_read", isVerbose: true), StringComparison.Ordinal);
        Assert.Contains("    struct file * arg0\n", Text("kprobe:vfs_read", isVerbose: true), StringComparison.Ordinal);
    }

    [KernelFact]
    public void List_Type_IsDefinition()
    {
        Assert.Equal("struct list_head\n", Text("struct list_head"));
        Assert.Equal("vmlinux: struct list_head {\n\tstruct list_head *next;\n\tstruct list_head *prev;\n};\n\n", Text("struct list_head", isVerbose: true));
    }

    [KernelFact]
    public void List_Everything_TakesLittleTime()
    {
        Text("kprobe:vfs_read");
        Stopwatch time = Stopwatch.StartNew();
        int lines = Text("kprobe:*").Count(c => c == '\n');
        // Fifteen times the aim: other tests run meanwhile on the same processors.
        Assert.True(lines > 20_000 && time.ElapsedMilliseconds < 3000, $"{lines} lines in {time.ElapsedMilliseconds} ms");
    }

    private static string Text(string pattern, bool isVerbose = false)
    {
        using StringWriter output = new() { NewLine = "\n" };
        ProbeListing.List(pattern, isVerbose, new AttachOptions(), output);
        return output.ToString();
    }
}
