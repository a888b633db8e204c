// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Tracing;
using Xunit;

namespace Nectar.Tests.Links.Tracing;

public sealed class TracingTextTests
{
    [Theory]
    [InlineData("config:0", 0)]
    [InlineData("config:32-63", 32)]
    [InlineData("config1:0-7", null)]
    [InlineData("config:", null)]
    [InlineData("config:99", null)]
    [InlineData(null, null)]
    public void ParseShift_Format_IsTheFirstBit(string? format, int? shift) => Assert.Equal(shift, PerfEventSource.ParseShift(format));

    [Theory]
    [InlineData("p:nectar/u_123_4 /bin/true:0x0000000000001000", 123)]
    [InlineData("r16:nectar/k_77_1 do_nanosleep", 77)]
    [InlineData("p:probes/u_123_4 /bin/true:0x10", null)]
    [InlineData("p:nectar/mine /bin/true:0x10", null)]
    [InlineData("p:nectar/u_x_4 /bin/true:0x10", null)]
    [InlineData("", null)]
    [InlineData("p:nectar/u_1_2", null)]
    public void TryParse_ProbeLine_KnowsItsMaker(string line, int? process)
    {
        Assert.Equal(process is not null, LeftoverProbe.TryParse("uprobe_events", line, out LeftoverProbe? probe));
        Assert.Equal(process, probe?.ProcessId);
    }

    [Theory]
    [InlineData("ffffffff81000000 T do_nanosleep", true, 0xffffffff81000000, "do_nanosleep")]
    [InlineData("ffffffffc0000010 t f\t[module]", true, 0xffffffffc0000010, "f")]
    [InlineData("ffffffff81000000 do_nanosleep [kernel]", false, 0xffffffff81000000, "do_nanosleep")]
    public void TryParse_KernelFunctionLine_GivesAddressAndName(string line, bool hasKind, ulong address, string name)
    {
        Assert.True(KernelFunctions.TryParse(line, hasKind, out ulong found, out ReadOnlyMemory<char> text, out _));
        Assert.Equal((address, name), (found, text.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x T f")]
    [InlineData("ff T")]
    [InlineData("ff")]
    public void TryParse_NoFunctionLine_IsNone(string line) => Assert.False(KernelFunctions.TryParse(line, true, out _, out _, out _));

    [Theory]
    [InlineData("libc:malloc+0x10", "libc", "malloc", 16)]
    [InlineData("/bin/a+b:f", "/bin/a+b", "f", 0)]
    [InlineData("/bin/true:0x400", "/bin/true", null, 0x400)]
    [InlineData("/bin/true:f@GLIBC_2.2.5", "/bin/true", "f@GLIBC_2.2.5", 0)]
    public void Target_OfAFile_IsTakenApart(string text, string binary, string? symbol, ulong offset)
    {
        TracingTarget target = new(text, TracingOptions.None);
        Assert.Equal((binary, symbol, offset), (target.Binary, target.Symbol, target.Probe(false).Offset));
    }

    [Theory]
    [InlineData("0-3,8", new[] { 0, 1, 2, 3, 8 })]
    [InlineData("0", new[] { 0 })]
    [InlineData(null, new[] { 0 })]
    [InlineData("2-x,5", new[] { 5 })]
    public void ParseCpus_List_IsEachProcessor(string? list, int[] cpus) => Assert.Equal(cpus, PerfEvents.ParseCpus(list));
}
