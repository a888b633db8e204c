// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Rules;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Features;

namespace Nectar.GuestTests.Tests;

/// <summary>
/// What the probes find against what the tables say: on a kernel whose version and configuration are known, both must agree in both
/// directions.
/// </summary>
internal static class FeatureTests
{
    // What neither version nor configuration decide.
    private static readonly Dictionary<Feature, string> s_elsewhere = new()
    {
        [Feature.XdpNative] = "each driver decides",
        [Feature.HardwareCounters] = "QEMU emulates none",
    };

    internal static readonly GuestTest[] All =
    [
        .. FeatureInfo.All.ToArray().Select(info => new GuestTest($"feature/{info.Feature}", () => Agrees(info), Needs.Root, Needs.GuestOnly)),
        new("feature/map_types", MapTypes, Needs.Root, Needs.GuestOnly),
        new("feature/program_types", ProgramTypes, Needs.Root, Needs.GuestOnly),
        new("feature/kfuncs", Kfuncs, Needs.Root, Needs.GuestOnly),
    ];

    private static void Agrees(FeatureInfo info)
    {
        FeatureStatus status = KernelFeatures.Probe(info.Feature);
        if (s_elsewhere.TryGetValue(info.Feature, out string? reason))
        {
            Check.True(!status.IsYes, $"{reason}, but the probe says {status}");
            Check.True(status.Reason.Length > 0);
            return;
        }

        bool expected = IsExpected(info.MinimumKernel, info.ConfigOptions);
        Check.True(status.IsYes == expected, $"{info.Name}: since {info.MinimumKernel} with {string.Join(", ", info.ConfigOptions)}, so {(expected ? "yes" : "no")} here; the probe says {status}");
        if (!expected) Check.True(status.Reason.Length > 0, "a reason");
    }

    private static void MapTypes()
    {
        List<string> wrong = [];
        foreach (MapTypeInfo info in MapTypeInfo.All)
        {
            FeatureStatus status = KernelFeatures.ProbeMapType(info.Type);
            if (status.IsYes != IsExpected(info.MinimumKernel, info.ConfigOptions)) wrong.Add($"{info.Type} (since {info.MinimumKernel}): {status}");
        }

        Check.True(wrong.Count == 0, string.Join("; ", wrong));
    }

    private static void ProgramTypes()
    {
        List<string> wrong = [];
        foreach (ProgramTypeInfo info in ProgramTypeInfo.All)
        {
            FeatureStatus status = KernelFeatures.ProbeProgramType(info.Type);
            if (status.IsYes != IsExpected(info.MinimumKernel, info.ConfigOptions)) wrong.Add($"{info.Type} (since {info.MinimumKernel}): {status}");
        }

        Check.True(wrong.Count == 0, string.Join("; ", wrong));
    }

    private static void Kfuncs()
    {
        List<string> wrong = [];
        foreach (string name in KfuncSince.Names)
        {
            bool expected = Needs.Running >= KfuncSince.Find(name).ToVersion();
            FeatureStatus status = KernelFeatures.ProbeKfunc(name);
            // Configuration and modules may take a function away, but an old kernel has none of tomorrow.
            if (status.IsYes && !expected) wrong.Add($"{name} (since {KfuncSince.Find(name)}): {status}");
        }

        Check.True(wrong.Count == 0, string.Join("; ", wrong));
    }

    private static bool IsExpected(Version minimum, IReadOnlyList<string> options) =>
        Needs.Running >= minimum && options.All(option => Needs.IsConfigured(option["CONFIG_".Length..]));
}
