// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Concurrent;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Features;

/// <summary>
/// What the running kernel has, found out by asking it. Nothing is probed before it is asked for; answers are kept for the life of the
/// process, but for those that failed for lack of a permission. Probes make short-lived programs and maps and attach nothing.
/// </summary>
public static class KernelFeatures
{
    private static readonly ConcurrentDictionary<Feature, FeatureStatus> s_features = new();
    private static readonly ConcurrentDictionary<ProgramType, FeatureStatus> s_programs = new();
    private static readonly ConcurrentDictionary<MapType, FeatureStatus> s_maps = new();
    private static readonly ConcurrentDictionary<(ProgramType, int), FeatureStatus> s_helpers = new();

    /// <summary>True if the kernel has a feature for certain.</summary>
    public static bool Has(Feature feature) => Probe(feature).IsYes;

    /// <summary>Finds out whether the kernel has a feature, and why not.</summary>
    public static FeatureStatus Probe(Feature feature)
    {
        FeatureInfo info = FeatureInfo.Of(feature);
        return Cached(s_features, feature, _ =>
        {
            FeatureStatus status = info.Probe();
            // an option that is off says more than what follows from it
            if (status.State == FeatureState.No && Absence.FindOption(info.ConfigOptions, HostState.Read()) is { } option) return status with { Reason = option };
            return Explain(status, info.MinimumKernel, info.ConfigOptions, info.Needs);
        });
    }

    /// <summary>Throws if the kernel does not have a feature; what could not be found out passes.</summary>
    /// <param name="feature">What is needed.</param>
    /// <param name="subject">What needs it, for the message: <c>program 'trace'</c>.</param>
    /// <exception cref="FeatureMissingException">The kernel does not have it; the message says why and what comes closest (NEC4601 to NEC4605).</exception>
    public static void Require(Feature feature, string? subject = null)
    {
        if (Probe(feature) is { State: FeatureState.No } status) throw Missing(feature, status, subject);
    }

    /// <summary>The exception that <see cref="Require"/> throws, for callers that found out by trying.</summary>
    internal static FeatureMissingException Missing(Feature feature, FeatureStatus status, string? subject = null)
    {
        FeatureInfo info = FeatureInfo.Of(feature);
        HostState host = HostState.Read();
        Absence absence = Absence.Find(info.MinimumKernel, info.ConfigOptions, info.Needs, status.Errno, host);
        string reason = status.Reason.Length > 0 ? status.Reason : absence.Reason;
        List<string> notes = [.. HookFallback.For(feature).Select(fallback => fallback.Describe())];
        if (notes.Count == 0) notes.Add(AbsenceHelp.For(absence.Code, info.ConfigOptions, info.MinimumKernel, info.Needs, host));
        string start = subject is null ? "" : subject + ": ";
        return new FeatureMissingException(Diagnostic.Error(absence.Code, $"{start}needs {info.Name}, which this kernel does not offer: {reason}", [.. notes]), status.Errno, info.Command,
            info.Name, absence.Code == FeatureCodes.TooOld ? info.MinimumKernel : null);
    }

    /// <summary>Finds out whether the kernel has a kind of program.</summary>
    public static FeatureStatus ProbeProgramType(ProgramType type) => Cached(s_programs, type, ProbeProgramTypeNow);

    /// <summary>Finds out whether the kernel has a kind of map.</summary>
    public static FeatureStatus ProbeMapType(MapType type) => Cached(s_maps, type, ProbeMapTypeNow);

    /// <summary>Finds out whether programs of a kind may call a helper.</summary>
    /// <param name="type">The kind of program.</param>
    /// <param name="helper">The helper's number, from 1.</param>
    public static FeatureStatus ProbeHelper(ProgramType type, int helper) => Cached(s_helpers, (type, helper), key => ProbeHelperNow(key.Item1, key.Item2));

    /// <summary>Finds out whether the kernel has a function that programs may call by name; which kinds of program may, only a load tells.</summary>
    public static FeatureStatus ProbeKfunc(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        FeatureStatus status = TypeProbes.Function(name);
        return status.State == FeatureState.No && KfuncSince.Find(name) is var minimum && minimum != default && !KernelRelease.Running.IsAtLeast(minimum.ToVersion())
            ? status with { Reason = $"needs Linux {minimum}; this is {KernelRelease.Running.Version}" }
            : status;
    }

    private static FeatureStatus ProbeProgramTypeNow(ProgramType type)
    {
        if (ProgramTypeInfo.Find(type) is not { } info) return FeatureStatus.Unknown("no kernel up to 6.18 has it");
        FeatureStatus status = default;
        AttachType?[] attachTypes = info.ProbeAttachTypes.Length == 0 ? [null] : [.. info.ProbeAttachTypes.Select(attach => (AttachType?)attach)];
        foreach (AttachType? attach in attachTypes)
        {
            Errno errno = KernelProbe.Load(type, KernelProbe.Nothing, out string log, attach, info.ProbeFlags, info.ProbeBtfId);
            bool isKnown = type == ProgramType.StructOps ? errno == Errno.ENOTSUPP : info.KnownRefusal is { } text ? errno == Errno.EINVAL && log.Contains(text, StringComparison.Ordinal) : errno == Errno.None;
            if (isKnown) return FeatureStatus.Yes(status.State == FeatureState.No ? $"as {attach}; the others are refused ({status.Errno})" : "the kernel accepts it");
            if (status.State == FeatureState.Unknown) status = FeatureStatus.No("", errno);
        }

        Capability[] needs = info.Capability is { } capability ? [Capability.Bpf, capability] : [Capability.Bpf];
        return Explain(status, info.MinimumKernel, info.ConfigOptions, needs);
    }

    private static unsafe FeatureStatus ProbeMapTypeNow(MapType type)
    {
        if (MapTypeInfo.Find(type) is not { } info) return FeatureStatus.Unknown("no kernel is known that has it");
        MapCreateAttributes attributes = new() { Type = type, KeySize = info.ProbeKey, ValueSize = info.ProbeValue, MaxEntries = info.ProbeEntries, Flags = (uint)info.ProbeFlags };
        if (attributes.MaxEntries == 4096) attributes.MaxEntries = (uint)Environment.SystemPageSize;
        KernelHandle? inner = null, types = null;
        try
        {
            if (info.NeedsInner)
            {
                KernelProbe.OpenMap(new MapCreateAttributes { Type = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 1 }, out inner);
                attributes.InnerMapFd = (uint)(inner?.Fd ?? 0);
            }
            else if (info.NeedsTypes)
            {
                BtfBuilder builder = new();
                uint number = builder.AddInt("int", 4, BtfIntEncoding.Signed);
                KernelProbe.OpenTypes(builder.ToArray(), out types);
                (attributes.KeySize, attributes.ValueSize, attributes.MaxEntries, attributes.Flags) = (4, 4, 0, (uint)MapFlags.NoPrealloc);
                (attributes.BtfFd, attributes.BtfKeyTypeId, attributes.BtfValueTypeId) = ((uint)(types?.Fd ?? 0), number, number);
            }
            else if (info.IsStructOps)
            {
                attributes.BtfVmlinuxValueTypeId = 1; // no struct: ENOTSUPP from kernels that know the kind
            }

            Errno errno = KernelProbe.OpenMap(attributes, out KernelHandle? map);
            map?.Dispose();
            bool isThere = errno == Errno.None || (info.IsStructOps && errno == Errno.ENOTSUPP);
            return isThere ? FeatureStatus.Yes() : Explain(FeatureStatus.No("", errno), info.MinimumKernel, info.ConfigOptions, [Capability.Bpf]);
        }
        finally
        {
            inner?.Dispose();
            types?.Dispose();
        }
    }

    private static FeatureStatus ProbeHelperNow(ProgramType type, int helper)
    {
        KernelVersion since = HelperSince.Find(helper);
        if (since == default) return FeatureStatus.No($"there is no helper {helper}");
        Version minimum = since.ToVersion();
        if (ProgramTypeInfo.Find(type) is not { } info) return FeatureStatus.Unknown("no kernel up to 6.18 has such programs");
        AttachType? attach = info.ProbeAttachTypes.Length == 0 ? null : info.ProbeAttachTypes[0];
        uint target = 0;
        if (info.KnownRefusal is not null)
        {
            // these load for a real target only: a tracepoint that every kernel has
            if (type != ProgramType.Tracing || (target = TypeProbes.FindKernelType("btf_trace_sys_enter", BtfKind.Typedef)) == 0) return FeatureStatus.Unknown("such programs cannot be loaded without a target");
            attach = AttachType.TraceRawTp;
        }

        Errno errno = KernelProbe.Load(type, [KernelProbe.Call(helper), KernelProbe.Exit], out string log, attach, info.ProbeFlags, target);
        if (errno == Errno.None) return FeatureStatus.Yes();
        if (log.Contains("invalid func ", StringComparison.Ordinal)) return Explain(FeatureStatus.No("", errno), minimum, [], []);
        if (log.Contains("unknown func ", StringComparison.Ordinal) || log.Contains("program of this type cannot use helper ", StringComparison.Ordinal))
        {
            string reason = !KernelRelease.Running.IsAtLeast(minimum) ? $"needs Linux {minimum.ToString(2)}"
                : LockdownRules.Find(helper, HostState.Read().Lockdown) is { } rule ? rule
                : $"programs of type {info.Name} may not call it";
            return FeatureStatus.No(reason, errno);
        }

        // No log: the kernel did not get to the call. Any other complaint is about the arguments, which were never set.
        return log.Length > 0 ? FeatureStatus.Yes("the verifier looks at its arguments") : ProbeProgramType(type) is { IsYes: false } absent ? absent : FeatureStatus.Unknown("no program could be loaded", errno);
    }

    private static FeatureStatus Explain(FeatureStatus status, Version? minimum, IReadOnlyList<string> options, Capability[] needs)
    {
        if (status.State != FeatureState.No || status.Reason.Length > 0) return status;
        Absence absence = Absence.Find(minimum, options, needs, status.Errno, HostState.Read());
        // without the permission to ask, nothing is known
        return absence.Code == FeatureCodes.NotPermitted ? FeatureStatus.Unknown(absence.Reason, status.Errno) : status with { Reason = absence.Reason };
    }

    private static FeatureStatus Cached<T>(ConcurrentDictionary<T, FeatureStatus> cache, T key, Func<T, FeatureStatus> probe)
        where T : notnull
    {
        if (cache.TryGetValue(key, out FeatureStatus status)) return status;
        status = probe(key);
        if (status.State != FeatureState.Unknown) cache.TryAdd(key, status);
        return status;
    }
}
