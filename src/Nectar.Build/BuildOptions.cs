// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Build;

/// <summary>For whom code is made, as users say it.</summary>
public sealed record BuildOptions
{
    /// <summary>The version of the instruction set.</summary>
    public CpuVersion Cpu { get; init; } = CpuVersion.V3;

    /// <summary>The oldest kernel that shall load it; null for the newest known.</summary>
    public KernelVersion? Kernel { get; init; }

    /// <summary>True to run the verifier over the result.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>Gives types of a kernel, or null: programs of functions and hooks are verified only with them. Asked only where there are such programs.</summary>
    public Func<BtfTypes?>? KernelTypes { get; init; }

    /// <summary>A pass behind which the intermediate representation is written to <see cref="DumpSink"/>; <c>front</c> for what the front-end made, <c>all</c> for each.</summary>
    public string? DumpAfter { get; init; }

    /// <summary>Where that goes.</summary>
    public Action<string>? DumpSink { get; init; }

    /// <summary>Reads <c>v3</c> and <c>6.1</c>; null for the default.</summary>
    /// <exception cref="CompileException">One is no such thing (NEC2307).</exception>
    public static BuildOptions Parse(string? cpu, string? kernel)
    {
        BuildOptions options = new();
        if (!string.IsNullOrEmpty(cpu))
        {
            string digits = cpu.TrimStart('v', 'V');
            if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int version) || version is < 1 or > 4) throw Problem($"'{cpu}' is no version of the instruction set", "help: v1, v2, v3 (the default) or v4");
            options = options with { Cpu = (CpuVersion)version };
        }

        if (!string.IsNullOrEmpty(kernel))
        {
            if (!KernelVersion.TryParse(kernel, out KernelVersion version)) throw Problem($"'{kernel}' is no version of a kernel", "help: 5.15, 6.1");
            options = options with { Kernel = version };
        }

        return options;
    }

    private static CompileException Problem(string message, string help) => new([Diagnostic.Error(BuildCodes.Option, message, help)]);
}
