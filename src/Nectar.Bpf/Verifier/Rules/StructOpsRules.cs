// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>What the kernel's structs of operations allow the programs that implement their members. Source of the facts: their <c>bpf_struct_ops</c>, state of 6.18.</summary>
internal static class StructOpsRules
{
    private static readonly string[] s_unsupported = ["tcp_congestion_ops.get_info"];

    private static readonly (string Operations, string Struct, (string Struct, string Member)[] Members)[] s_writable =
    [
        ("tcp_congestion_ops", "tcp_sock",
        [
            ("tcp_sock", "snd_cwnd"), ("tcp_sock", "snd_cwnd_cnt"), ("tcp_sock", "snd_cwnd_stamp"), ("tcp_sock", "snd_ssthresh"), ("tcp_sock", "ecn_flags"),
            ("tcp_sock", "app_limited"), ("inet_connection_sock", "icsk_ca_priv"), ("inet_connection_sock", "icsk_ack"), ("sock", "sk_pacing_rate"), ("sock", "sk_pacing_status"),
        ]),
        ("bpf_dummy_ops", "bpf_dummy_ops_state", [("bpf_dummy_ops_state", "val")]),
    ];

    /// <summary>The struct that an argument is taken for where the kernel knows better than its type; null for the type itself.</summary>
    internal static string? Promote(in ProgramTraits program, string structName) =>
        structName == "sock" && IsFor(program, "tcp_congestion_ops") ? "tcp_sock" : null;

    /// <summary>The members that a program may write when it holds a struct.</summary>
    internal static (string Struct, string Member)[] Writable(in ProgramTraits program, string structName)
    {
        foreach ((string operations, string holder, (string Struct, string Member)[] members) in s_writable)
        {
            if (holder == structName && IsFor(program, operations)) return members;
        }

        return [];
    }

    /// <summary>Why no program can implement a member, or not this one; null if it can.</summary>
    internal static string? Refusal(in ProgramTraits program)
    {
        if (Array.IndexOf(s_unsupported, program.Target) >= 0) return $"the kernel lets no program implement {program.Target}";
        bool mayNotSleep = program.IsSleepable && IsFor(program, "bpf_dummy_ops") && program.Target != "bpf_dummy_ops.test_sleepable";
        return mayNotSleep ? $"{program.Target} cannot be implemented by a program that sleeps" : null;
    }

    private static bool IsFor(in ProgramTraits program, string operations) =>
        program.Type == Objects.ProgramType.StructOps && program.Target is { } target && target.Length > operations.Length && target[operations.Length] == '.' && target.StartsWith(operations, StringComparison.Ordinal);
}
