// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Linux.Features;

/// <summary>Helpers that a kernel in lockdown withholds from every program (kernel: bpf_tracing_func_proto and bpf_base_func_proto).</summary>
internal static class LockdownRules
{
    private static readonly (string Helper, LockdownMode From)[] s_rows =
    [
        ("bpf_probe_write_user", LockdownMode.Integrity),
        ("bpf_probe_read", LockdownMode.Confidentiality), ("bpf_probe_read_str", LockdownMode.Confidentiality),
        ("bpf_probe_read_kernel", LockdownMode.Confidentiality), ("bpf_probe_read_kernel_str", LockdownMode.Confidentiality),
    ];

    /// <summary>Why lockdown forbids a helper, in words; null if it does not.</summary>
    internal static string? Find(int helper, LockdownMode mode)
    {
        foreach ((string name, LockdownMode from) in s_rows)
        {
            if (mode >= from && HelperNames.IdOf(name) == helper) return $"the kernel is locked down ({mode.ToString().ToLowerInvariant()}), which forbids {name}";
        }

        return null;
    }
}
