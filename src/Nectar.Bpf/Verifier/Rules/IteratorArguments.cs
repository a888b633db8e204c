// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>What iterators pass beside their metadata: always null at the end, and not always alive. Source of the facts: the <c>ctx_arg_info</c> of the kernel's iterators, state of 6.18.</summary>
internal static class IteratorArguments
{
    private static readonly (string Target, int Argument, ContextTrust Trust, ContextResult Buffer)[] s_rows =
    [
        ("bpf_iter_ksym", 1, ContextTrust.Untracked, 0),
        ("bpf_iter_bpf_prog", 1, ContextTrust.Untracked, 0),
        ("bpf_iter_bpf_link", 1, ContextTrust.Untracked, 0),
        ("bpf_iter_cgroup", 1, ContextTrust.Trusted, 0),
        ("bpf_iter_task", 1, ContextTrust.Trusted, 0),
        ("bpf_iter_task_file", 1, ContextTrust.Untracked, 0),
        ("bpf_iter_task_file", 3, ContextTrust.Untracked, 0),
        ("bpf_iter_task_vma", 1, ContextTrust.Untracked, 0),
        ("bpf_iter_task_vma", 2, ContextTrust.Untracked, 0),
        ("bpf_iter_bpf_map", 1, ContextTrust.Trusted, 0),
        ("bpf_iter_bpf_map_elem", 2, ContextTrust.Untracked, ContextResult.ReadOnlyBuffer),
        ("bpf_iter_bpf_map_elem", 3, ContextTrust.Untracked, ContextResult.Buffer),
        ("bpf_iter_bpf_sk_storage_map", 2, ContextTrust.Untracked, 0),
        ("bpf_iter_bpf_sk_storage_map", 3, ContextTrust.Untracked, ContextResult.Buffer),
        ("bpf_iter_sockmap", 2, ContextTrust.Untracked, ContextResult.ReadOnlyBuffer),
        ("bpf_iter_sockmap", 3, ContextTrust.Untracked, 0),
        ("bpf_iter_netlink", 1, ContextTrust.Untracked, 0),
        ("bpf_iter_ipv6_route", 1, ContextTrust.Untracked, 0),
        ("bpf_iter_unix", 1, ContextTrust.Untracked, 0),
        ("bpf_iter_tcp", 1, ContextTrust.Trusted, 0),
        ("bpf_iter_udp", 1, ContextTrust.Trusted, 0),
        ("bpf_iter_kmem_cache", 1, ContextTrust.Trusted, 0),
        ("bpf_iter_dmabuf", 1, ContextTrust.Untracked, 0),
    ];

    /// <summary>What is known of an argument; null for those that types tell all about.</summary>
    internal static (ContextTrust Trust, ContextResult Buffer)? Find(in ProgramTraits program, int argument)
    {
        if (program.Type != ProgramType.Tracing || program.Attach != AttachType.TraceIter || program.Target is not { } target) return null;
        foreach ((string row, int at, ContextTrust trust, ContextResult buffer) in s_rows)
        {
            if (at == argument && (row == target || row.AsSpan("bpf_iter_".Length).SequenceEqual(target))) return (trust, buffer);
        }

        return null;
    }
}
