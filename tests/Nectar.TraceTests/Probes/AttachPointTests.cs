// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Probes;

namespace Nectar.TraceTests.Probes;

/// <summary>The forms of attach points: what they mean, and what is said of wrong ones.</summary>
public sealed class AttachPointTests
{
    [Theory]
    [InlineData("BEGIN", "begin")]
    [InlineData("end:*", "end")]
    [InlineData("i:s:1", "interval:s:1")]
    [InlineData("interval:1s", "interval:us:1000000")]
    [InlineData("profile:hz:1e2", "profile:hz:100")]
    [InlineData("p:1_000", "profile:us:1")]
    [InlineData("s:cpu:100000", "software:cpu:100000")]
    [InlineData("software:faults", "software:faults")]
    [InlineData("self:signal:SIGUSR1", "self:signal:SIGUSR1")]
    [InlineData("test:\"a b\"", "test:a b")]
    [InlineData("w:0x10:8:rw", "watchpoint:16:8:rw")]
    public void Resolve_GoodForm_NamesHook(string text, string name) => Assert.Equal(name, Points.Names(text));

    [Theory]
    [InlineData("nonsense:x", "Invalid probe type: nonsense")]
    [InlineData("begin:x", "begin probe type requires 0 arguments, found 1")]
    [InlineData("interval:fortnight:1", "fortnight is not an accepted unit of time")]
    [InlineData("interval:s:0", "interval frequency should be a positive integer")]
    [InlineData("interval:999", "Invalid rate of interval probe. Minimum is 1000 or 1us. Found: 999 nanoseconds")]
    [InlineData("profile:hz:ten", "Invalid rate of profile probe: invalid integer: ten")]
    [InlineData("software:tomato", "tomato is not a software probe")]
    [InlineData("hardware:*", "wildcards are not allowed for hardware probe type")]
    [InlineData("self:signal:SIGHUP", "SIGHUP is not a supported signal")]
    [InlineData("self:keypress:space", "keypress is not a supported trigger")]
    [InlineData("bench:", "bench probes must have a name")]
    [InlineData("watchpoint:0x10:9:rw", "watchpoint length must be one of (1,2,4,8)")]
    [InlineData("watchpoint:0x10:8:ww", "watchpoint modes may not be duplicated")]
    [InlineData("kprobe:0x1234", "Probing by address requires --unsafe")]
    [InlineData("kprobe:f+1+2", "Cannot take more than one offset")]
    [InlineData("kretprobe:f+1", "Offset not allowed")]
    [InlineData("uprobe:/bin/sh", "uprobe probe type requires 2 or 3 arguments, found 1")]
    [InlineData("uprobe:/bin/sh:klingon:f", "unsupported language type: klingon")]
    [InlineData("uprobe:/no/such/file:f", "uprobe target file '/no/such/file' does not exist or is not executable")]
    [InlineData("uprobe:*:16", "Cannot use wildcards with absolute address")]
    [InlineData("uprobe:/bin/sh@x.c", "Invalid uprobe arguments, expected format: uprobe:TARGET@FILE:LINE[:COL]")]
    [InlineData("uretprobe:/bin/sh@x.c:1", "Source code location not allowed")]
    [InlineData("iter:task*", "iter probe type does not support wildcards")]
    [InlineData("fentry:bpf", "the 'bpf' variant of this probe requires a bpf program name and optional bpf program id")]
    public void Resolve_WrongForm_SaysWhat(string text, string message) => Assert.Equal(message, Points.Names(text));

    [Fact]
    public void Resolve_SameTestTwice_NamesBothPlaces()
    {
        AttachOptions options = new();
        Assert.Equal("bench:a", Points.Names("bench:a", options));
        Assert.Equal("\"a\" was used as the name for more than one BENCH probe", Points.Names("BENCH:a", options));
    }

    [Fact]
    public void Resolve_NearName_IsOffered()
    {
        DiagnosticBag diagnostics = new();
        AttachPoints.Resolve(Points.Make("tracepiont:a:b"), new AttachOptions(), diagnostics);
        Assert.Contains("'tracepoint'", diagnostics.Items[0].Notes[0], StringComparison.Ordinal);
    }
}
