// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Linux.Features;
using Nectar.Linux.Maps;
using Nectar.Linux.Pins;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Loading;

/// <summary>How an object is loaded into the kernel.</summary>
public sealed class KernelLoadOptions
{
    /// <summary>The programs to load, by name; null for all whose <c>AutoLoad</c> is true.</summary>
    public IReadOnlyCollection<string>? Programs { get; init; }

    /// <summary>Maps to use instead of new ones, by name in the object; they are not disposed with the object. Types and sizes must agree (NEC4012).</summary>
    public IReadOnlyDictionary<string, KernelMap> ReusedMaps { get; init; } = new Dictionary<string, KernelMap>();

    /// <summary>The directory in a bpf filesystem for maps that are pinned by name.</summary>
    public string PinDirectory { get; init; } = BpfPins.DefaultRoot;

    /// <summary>
    /// Paths in a bpf filesystem for maps, by name in the object: what is pinned there is used, or else the new map is pinned there. Goes before
    /// <see cref="PinDirectory"/>.
    /// </summary>
    public IReadOnlyDictionary<string, string> MapPins { get; init; } = new Dictionary<string, string>();

    /// <summary>The types to relocate against instead of the running kernel's own: for kernels without BTF.</summary>
    public BtfTypes? KernelTypes { get; init; }

    /// <summary>Values of <c>.kconfig</c> externs that go before those of the kernel's configuration: <c>CONFIG_HZ</c> to <c>250</c>, <c>y</c>, <c>"text"</c>.</summary>
    public IReadOnlyDictionary<string, string> KernelConfig { get; init; } = new Dictionary<string, string>();

    /// <summary>For freplace and for fentry on programs: the live program that a program of the object is for, by the latter's name.</summary>
    public IReadOnlyDictionary<string, KernelProgram> AttachPrograms { get; init; } = new Dictionary<string, KernelProgram>();

    /// <summary>The interface that XDP programs are bound to (offload, device-bound programs); 0 for none.</summary>
    public uint InterfaceIndex { get; init; }

    /// <summary>What to do about programs whose hook this kernel lacks.</summary>
    public HookPolicy Hooks { get; init; }

    /// <summary>Whether the kernel has a feature, for tests of kernels that lack one; null to ask it.</summary>
    internal Func<Feature, FeatureStatus>? FeatureProbe { get; init; }

    /// <summary>What the verifier writes also about programs that it accepts: 0 nothing, 1 the path, 2 every state, 4 statistics.</summary>
    public uint LogLevel { get; init; }

    /// <summary>Gets the program's name and the verifier's log where <see cref="LogLevel"/> asks for one.</summary>
    public Action<string, string>? LogSink { get; init; }
}
