// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Events;
using Xunit;

namespace Nectar.Tests.Events;

public sealed class TraceLineTests
{
    [Theory]
    [InlineData("           <...>-12345   [001] d..31 12345.678901: bpf_trace_printk: hello: world", "<...>", 12345, 1, "d..31", "bpf_trace_printk", "hello: world")]
    [InlineData("     tokio-worker-7   [003] ....   0.000001: bpf_trace_printk: ", "tokio-worker", 7, 3, "....", "bpf_trace_printk", "")]
    [InlineData(" a [b] c-9-42      (    17) [015] d.h1. 1.5: sched_switch: prev_comm=x", "a [b] c-9", 42, 15, "d.h1.", "sched_switch", "prev_comm=x")]
    [InlineData("kworker/u8:1-33 [000] 7.25: no function here", "kworker/u8:1", 33, 0, "", "", "no function here")]
    [InlineData("x-1 [007] .... 2.000000: 0x00000001: old kernels give an address", "x", 1, 7, "....", "0x00000001", "old kernels give an address")]
    public void TryParse_LinesOfThePipe_AreTakenApart(string text, string task, int thread, int cpu, string flags, string function, string message)
    {
        Assert.True(TraceLine.TryParse(text, out TraceLine line));
        Assert.Equal((task, thread, cpu, flags, function, message), (line.Task, line.ThreadId, line.Cpu, line.Flags, line.Function, line.Message));
        Assert.True(line.IsEvent);
    }

    [Theory]
    [InlineData("")]
    [InlineData("the second line of a message")]
    [InlineData("[001]")]
    [InlineData("x [001] 1.0: f: m")]
    [InlineData("x-5 [1x] 1.0: f: m")]
    [InlineData("x-5 [001] today: f: m")]
    [InlineData("x-99999999999 [001] .... 1.0: f: m")]
    [InlineData("x-5 [001] .... 1e999: f: m")]
    [InlineData("-5 [001] .... 1.0")]
    [InlineData("[[[[[[]]]]]]-[-[-1[2]")]
    public void TryParse_OtherText_IsTheMessage(string text)
    {
        Assert.False(TraceLine.TryParse(text, out TraceLine line));
        Assert.Equal(text, line.Message);
        Assert.False(line.IsEvent);
    }

    [Fact]
    public void TryParse_Time_HasMicroseconds()
    {
        Assert.True(TraceLine.TryParse("x-5 [001] .... 12345.678901: f: m", out TraceLine line));
        Assert.Equal(12_345_678_901, line.Time.TotalMicroseconds);
        Assert.Equal("x-5 [001] 12345.678901: f: m", line.ToString());
    }

    [Theory]
    [InlineData("CPU:1 [LOST 123 EVENTS]", 123)]
    [InlineData("CPU:0 [LOST EVENTS]", 1)]
    [InlineData("CPU:0 [LOST many EVENTS]", 0)]
    [InlineData("x-5 [001] .... 1.0: f: [LOST 5 EVENTS]", 0)]
    public void TryParseLost_Remark_GivesTheCount(string text, long expected) =>
        Assert.Equal(expected, TraceLine.TryParseLost(text, out long lost) ? lost : 0);

    [Theory]
    [InlineData("0-3,8", "0,1,2,3,8")]
    [InlineData("0", "0")]
    [InlineData("", "")]
    [InlineData("2-1,x,5-,-7, 9", "9")]
    public void ParseCpus_Lists(string list, string expected) => Assert.Equal(expected, string.Join(',', KernelPerfMemory.ParseCpus(list)));
}
