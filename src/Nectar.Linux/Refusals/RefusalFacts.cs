// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;

namespace Nectar.Linux.Refusals;

/// <summary>Everything that decides what an errno means: the call, what it was about, and the machine.</summary>
internal sealed class RefusalFacts(string call, Errno errno, RefusalContext context, HostState host)
{
    internal string Call { get; } = call;

    internal Errno Errno { get; } = errno;

    internal RefusalContext Context { get; } = context;

    internal HostState Host { get; } = host;

    /// <summary>Finds out whether the kernel has a type of program; tests put a known answer here.</summary>
    internal Func<ProgramType, AttachType?, FeatureStatus> ProbeProgram { get; init; } = AskKernel;

    internal Func<MapType, FeatureStatus> ProbeMap { get; init; } = KernelFeatures.ProbeMapType;

    /// <summary>What the call needs, most telling first.</summary>
    internal Capability[] Needs
    {
        get
        {
            if (Call.Contains("perf_event", StringComparison.Ordinal)) return [Capability.Perfmon];
            if (Call.StartsWith("rtnetlink", StringComparison.Ordinal)) return [Capability.NetAdmin];
            if (Call.Contains("_BY_ID", StringComparison.Ordinal) || Call.Contains("_NEXT_ID", StringComparison.Ordinal)) return [Capability.SysAdmin];
            if (!Call.StartsWith("bpf(", StringComparison.Ordinal)) return [];
            Capability? more = Context.ProgramType is { } type ? ProgramTypeInfo.Find(type)?.Capability : null;
            return more is { } capability ? [Capability.Bpf, capability] : [Capability.Bpf];
        }
    }

    /// <summary>The program's kind in words: <c>fentry</c> rather than <c>tracing</c>.</summary>
    internal string ProgramWords => Context.ProgramType is not { } type ? "such"
        : s_kinds.GetValueOrDefault((type, Context.AttachType ?? (AttachType)uint.MaxValue)) ?? ProgramTypeInfo.Find(type)?.Name ?? type.ToString();

    private static readonly Dictionary<(ProgramType, AttachType), string> s_kinds = new()
    {
        [(ProgramType.Tracing, AttachType.TraceFentry)] = "fentry",
        [(ProgramType.Tracing, AttachType.TraceFexit)] = "fexit",
        [(ProgramType.Tracing, AttachType.ModifyReturn)] = "fmod_ret",
        [(ProgramType.Tracing, AttachType.TraceRawTp)] = "tp_btf",
        [(ProgramType.Tracing, AttachType.TraceIter)] = "iterator",
        [(ProgramType.Lsm, AttachType.LsmCgroup)] = "lsm_cgroup",
        [(ProgramType.Kprobe, AttachType.TraceKprobeMulti)] = "kprobe.multi",
        [(ProgramType.Kprobe, AttachType.TraceUprobeMulti)] = "uprobe.multi",
    };

    private static readonly Dictionary<AttachType, Feature> s_features = new()
    {
        [AttachType.TraceFentry] = Feature.Fentry,
        [AttachType.TraceFexit] = Feature.Fexit,
        [AttachType.ModifyReturn] = Feature.ModifyReturn,
        [AttachType.TraceRawTp] = Feature.BtfTracepoints,
        [AttachType.TraceIter] = Feature.Iterators,
        [AttachType.LsmMac] = Feature.Lsm,
        [AttachType.LsmCgroup] = Feature.LsmCgroup,
        [AttachType.TraceKprobeMulti] = Feature.KprobeMultiLink,
        [AttachType.TraceKprobeSession] = Feature.KprobeSession,
        [AttachType.TraceUprobeMulti] = Feature.UprobeMultiLink,
        [AttachType.TraceUprobeSession] = Feature.UprobeSession,
        [AttachType.TcxIngress] = Feature.TcxLink,
        [AttachType.TcxEgress] = Feature.TcxLink,
        [AttachType.NetkitPrimary] = Feature.NetkitLink,
        [AttachType.NetkitPeer] = Feature.NetkitLink,
        [AttachType.Netfilter] = Feature.NetfilterLink,
        [AttachType.Xdp] = Feature.XdpLink,
        [AttachType.PerfEvent] = Feature.PerfLink,
    };

    /// <summary>The feature that stands for the attachment; null if there is none.</summary>
    internal Feature? MissingFeature => Context.ProgramType == ProgramType.Ext ? Feature.Freplace
        : Context.AttachType is { } attach && s_features.TryGetValue(attach, out Feature feature) ? feature : null;

    private static FeatureStatus AskKernel(ProgramType type, AttachType? attach)
    {
        bool isTarget = type is ProgramType.Tracing or ProgramType.Lsm or ProgramType.Ext && attach is not null;
        return isTarget && s_features.TryGetValue(attach!.Value, out Feature feature) ? KernelFeatures.Probe(feature) : KernelFeatures.ProbeProgramType(type);
    }
}
