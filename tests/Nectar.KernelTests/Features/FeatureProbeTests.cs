// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;
using Nectar.Bpf.Isa;
using Nectar.Linux.Features;
using Nectar.Tests.Support;
using Xunit.Abstractions;

namespace Nectar.KernelTests.Features;

public sealed class FeatureProbeTests(ITestOutputHelper output)
{
    [KernelFact]
    public void EveryFeature_GetsAnAnswerWithAReason()
    {
        foreach (FeatureInfo info in FeatureInfo.All)
        {
            FeatureStatus status = KernelFeatures.Probe(info.Feature);
            output.WriteLine($"{info.Name}: {status} {status.Errno}");
            Assert.False(string.IsNullOrEmpty(status.Reason), info.Name);
            Assert.True(status.State != FeatureState.Unknown || info.Feature == Feature.XdpNative || status.Reason.Contains("cannot be read", StringComparison.Ordinal), info.Name + ": " + status);
            // nothing may be there that was invented later; older things may be configured away
            if (status.IsYes && info.MinimumKernel > KernelRelease.Running.Version) output.WriteLine($"  (a backport: mainline has it from {info.MinimumKernel})");
        }
    }

    [KernelFact("bpftool")]
    public void ProgramTypes_AgreeWithBpftool()
    {
        using JsonDocument peer = Bpftool();
        List<string> differences = [];
        foreach (JsonProperty row in peer.RootElement.GetProperty("program_types").EnumerateObject())
        {
            string name = row.Name["have_".Length..^"_prog_type".Length];
            ProgramTypeInfo info = ProgramTypeInfo.All.ToArray().Single(candidate => candidate.Name == name);
            FeatureStatus ours = KernelFeatures.ProbeProgramType(info.Type);
            output.WriteLine($"{name}: {ours}");
            // bpftool takes tracing for absent where only fentry is refused; tp_btf and iterators may work all the same.
            if (ours.IsYes != row.Value.GetBoolean() && !(info.Type == ProgramType.Tracing && ours.Reason.StartsWith("as ", StringComparison.Ordinal))) differences.Add($"{name}: bpftool {row.Value}, ours {ours}");
        }

        Assert.Empty(differences);
    }

    [KernelFact("bpftool")]
    public void MapTypes_AgreeWithBpftool()
    {
        using JsonDocument peer = Bpftool();
        List<string> differences = [];
        foreach (JsonProperty row in peer.RootElement.GetProperty("map_types").EnumerateObject())
        {
            string name = row.Name["have_".Length..^"_map_type".Length];
            FeatureStatus ours = KernelFeatures.ProbeMapType(MapTypeInfo.All.ToArray().Single(candidate => candidate.Name == name).Type);
            if (ours.IsYes != row.Value.GetBoolean()) differences.Add($"{name}: bpftool {row.Value}, ours {ours}");
        }

        Assert.Empty(differences);
    }

    [KernelFact("bpftool")]
    public void Helpers_AgreeWithBpftool()
    {
        using JsonDocument peer = Bpftool();
        List<string> differences = [];
        int compared = 0;
        foreach (JsonProperty row in peer.RootElement.GetProperty("helpers").EnumerateObject())
        {
            string name = row.Name[..^"_available_helpers".Length];
            ProgramTypeInfo info = ProgramTypeInfo.All.ToArray().Single(candidate => candidate.Name == name);
            HashSet<string> theirs = [.. row.Value.EnumerateArray().Select(helper => helper.GetString()!)];
            if (theirs.Count == 0) continue; // bpftool does not load types that need a target
            // To bpftool 7.1 the answer "program of this type cannot use helper" of newer kernels is unknown, so every helper seems to be there.
            bool peerMissesRefusals = theirs.Count >= 200;
            for (int helper = 1; helper < HelperNames.Count; helper++)
            {
                string helperName = HelperNames.NameOf(helper)!;
                FeatureStatus ours = KernelFeatures.ProbeHelper(info.Type, helper);
                compared++;
                Assert.NotEqual(FeatureState.Unknown, ours.State);
                // bpftool leaves out helpers that print or write, unless asked for all
                bool leftOut = helperName is "bpf_trace_printk" or "bpf_probe_write_user" or "bpf_trace_vprintk";
                if (ours.IsYes && !theirs.Contains(helperName) && !leftOut && !IsNewer(helper, theirs)) differences.Add($"{name} {helperName}: ours {ours}");
                if (!ours.IsYes && theirs.Contains(helperName) && !peerMissesRefusals) differences.Add($"{name} {helperName}: bpftool has it, ours {ours}");
            }
        }

        output.WriteLine($"{compared} pairs compared");
        Assert.True(compared > 5000);
        Assert.Empty(differences);
    }

    /// <summary>What the kernel's own tables say (kernel/bpf/helpers.c and the *_func_proto functions): a check where the peer is blind.</summary>
    [KernelFact]
    public void Helpers_AreToldApartByProgramType()
    {
        Assert.True(Helper(ProgramType.Xdp, "bpf_xdp_adjust_head").IsYes);
        Assert.True(Helper(ProgramType.SchedCls, "bpf_skb_store_bytes").IsYes);
        Assert.True(Helper(ProgramType.Kprobe, "bpf_get_stackid").IsYes);
        Assert.True(Helper(ProgramType.Syscall, "bpf_sys_bpf").IsYes);
        Assert.Equal(FeatureState.No, Helper(ProgramType.SocketFilter, "bpf_skb_store_bytes").State);
        Assert.Equal(FeatureState.No, Helper(ProgramType.Xdp, "bpf_get_stackid").State);
        Assert.Contains("may not call it", Helper(ProgramType.Kprobe, "bpf_sys_bpf").Reason, StringComparison.Ordinal);
        if (KernelFeatures.Has(Feature.KernelTypes))
        {
            Assert.True(Helper(ProgramType.Tracing, "bpf_get_current_task").IsYes);
            Assert.Equal(FeatureState.No, Helper(ProgramType.Tracing, "bpf_sys_bpf").State);
        }

        static FeatureStatus Helper(ProgramType type, string name) => KernelFeatures.ProbeHelper(type, HelperNames.IdOf(name));
    }

    [KernelFact]
    public void Kfuncs_AreFoundInTheKernelsTypes()
    {
        if (!KernelFeatures.Has(Feature.KernelTypes)) return;
        Assert.Equal(KernelRelease.Running.IsAtLeast(new(6, 2)), KernelFeatures.ProbeKfunc("bpf_rcu_read_lock").IsYes);
        Assert.Equal(FeatureState.No, KernelFeatures.ProbeKfunc("bpf_no_such_function").State);
    }

    [KernelFact]
    public void Require_ThrowsBeforeLoading_WithReasonAndNeighbour()
    {
        FeatureInfo[] missing = [.. FeatureInfo.All.ToArray().Where(info => KernelFeatures.Probe(info.Feature).State == FeatureState.No)];
        foreach (FeatureInfo info in missing)
        {
            FeatureMissingException problem = Assert.Throws<FeatureMissingException>(() => KernelFeatures.Require(info.Feature, "program 'p'"));
            output.WriteLine(problem.Message + "\n");
            Assert.StartsWith("error NEC46", problem.Message, StringComparison.Ordinal);
            Assert.NotNull(problem.Hint);
            Assert.Equal(info.Name, problem.Feature);
        }

        KernelFeatures.Require(Feature.BpfSyscall);
    }

    private static JsonDocument Bpftool() => JsonDocument.Parse(TestEnvironment.Run(TestEnvironment.FindTool("bpftool")!, "feature", "probe", "-j").Output);

    // a bpftool older than the kernel does not know its last helpers
    private static bool IsNewer(int helper, HashSet<string> theirs) => helper > Enumerable.Range(1, HelperNames.Count - 1).Last(id => theirs.Contains(HelperNames.NameOf(id)!));
}
