// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Linux.Features;
using Xunit;

namespace Nectar.Tests.Features;

public sealed class FactTableTests
{
    [Fact]
    public void Features_StandInTheOrderOfTheirNumbers()
    {
        Assert.Equal(Enum.GetValues<Feature>(), FeatureInfo.All.ToArray().Select(row => row.Feature));
        Assert.Equal(FeatureInfo.All.Length, FeatureInfo.All.ToArray().Select(row => row.Name).Distinct().Count());
        foreach (FeatureInfo row in FeatureInfo.All) Assert.All(row.ConfigOptions, option => Assert.StartsWith("CONFIG_", option, StringComparison.Ordinal));
    }

    [Fact]
    public void EveryType_HasItsRow()
    {
        foreach (ProgramType type in Enum.GetValues<ProgramType>()) Assert.True(type == ProgramType.Unspec || ProgramTypeInfo.Find(type) is not null, type.ToString());
        foreach (MapType type in Enum.GetValues<MapType>()) Assert.True(type == MapType.Unspec || MapTypeInfo.Find(type) is not null, type.ToString());
        foreach (AttachType type in Enum.GetValues<AttachType>()) Assert.True(type > AttachType.TraceUprobeSession || AttachTypeInfo.Find(type) is not null, type.ToString());
        for (int i = 1; i < ProgramTypeInfo.All.Length; i++) Assert.True(ProgramTypeInfo.All[i].MinimumKernel >= ProgramTypeInfo.All[i - 1].MinimumKernel, ProgramTypeInfo.All[i].Name);
        for (int i = 1; i < MapTypeInfo.All.Length; i++) Assert.True(MapTypeInfo.All[i].MinimumKernel >= MapTypeInfo.All[i - 1].MinimumKernel, MapTypeInfo.All[i].Name);
    }

    [Theory]
    [InlineData("bpf_map_lookup_elem", "3.19")]
    [InlineData("bpf_ktime_get_ns", "4.1")]
    [InlineData("bpf_get_current_comm", "4.2")]
    [InlineData("bpf_probe_read_kernel", "5.5")]
    [InlineData("bpf_ringbuf_output", "5.8")]
    [InlineData("bpf_loop", "5.17")]
    [InlineData("bpf_cgrp_storage_delete", "6.2")]
    public void Helpers_HaveTheirFirstKernel(string helper, string version) => Assert.Equal(version, HelperSince.Find(HelperNames.IdOf(helper)).ToString());

    [Fact]
    public void Helpers_OutsideOfTheList_HaveNone()
    {
        Assert.Equal(default, HelperSince.Find(0));
        Assert.Equal(default, HelperSince.Find(HelperNames.Count));
        Assert.Equal(new KernelVersion(6, 4), KfuncSince.Find("bpf_iter_num_new"));
        Assert.Equal(default, KfuncSince.Find("bpf_no_such_function"));
    }

    [Fact]
    public void Fallbacks_LeadElsewhere_AndHaveWords()
    {
        foreach (Feature feature in Enum.GetValues<Feature>())
        {
            foreach (HookFallback row in HookFallback.Candidates(feature))
            {
                Assert.NotEqual(row.Missing, row.Instead);
                Assert.StartsWith("help: use ", row.Describe(), StringComparison.Ordinal);
            }
        }

        Assert.Equal(Feature.Fentry, HookFallback.Candidates(Feature.Kprobes).First().Instead);
        Assert.Equal(Feature.Kprobes, HookFallback.Candidates(Feature.Fentry).First().Instead);
        Assert.Equal(Feature.Clsact, HookFallback.Candidates(Feature.TcxLink).First().Instead);
        Assert.Equal(Feature.XdpGeneric, HookFallback.Candidates(Feature.XdpNative).First().Instead);
    }
}
