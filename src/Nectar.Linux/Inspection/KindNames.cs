// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;

namespace Nectar.Linux.Inspection;

/// <summary>The kernel's names of kinds without their prefix, as bpftool and the field's documentation spell them: <c>sched_cls</c>, <c>percpu_hash</c>.</summary>
public static class KindNames
{
    private static readonly string[] s_attachments =
    [
        "cgroup_inet_ingress", "cgroup_inet_egress", "cgroup_inet_sock_create", "cgroup_sock_ops", "sk_skb_stream_parser", "sk_skb_stream_verdict", "cgroup_device",
        "sk_msg_verdict", "cgroup_inet4_bind", "cgroup_inet6_bind", "cgroup_inet4_connect", "cgroup_inet6_connect", "cgroup_inet4_post_bind",
        "cgroup_inet6_post_bind", "cgroup_udp4_sendmsg", "cgroup_udp6_sendmsg", "lirc_mode2", "flow_dissector", "cgroup_sysctl", "cgroup_udp4_recvmsg",
        "cgroup_udp6_recvmsg", "cgroup_getsockopt", "cgroup_setsockopt", "trace_raw_tp", "trace_fentry", "trace_fexit", "modify_return", "lsm_mac", "trace_iter",
        "cgroup_inet4_getpeername", "cgroup_inet6_getpeername", "cgroup_inet4_getsockname", "cgroup_inet6_getsockname", "xdp_devmap", "cgroup_inet_sock_release",
        "xdp_cpumap", "sk_lookup", "xdp", "sk_skb_verdict", "sk_reuseport_select", "sk_reuseport_select_or_migrate", "perf_event", "trace_kprobe_multi", "lsm_cgroup",
        "struct_ops", "netfilter", "tcx_ingress", "tcx_egress", "trace_uprobe_multi", "cgroup_unix_connect", "cgroup_unix_sendmsg", "cgroup_unix_recvmsg",
        "cgroup_unix_getpeername", "cgroup_unix_getsockname", "netkit_primary", "netkit_peer", "trace_kprobe_session", "trace_uprobe_session", "trace_fsession",
        "trace_fentry_multi", "trace_fexit_multi", "trace_fsession_multi",
    ];

    private static readonly string[] s_links =
    [
        "unspec", "raw_tracepoint", "tracing", "cgroup", "iter", "netns", "xdp", "perf_event", "kprobe_multi", "struct_ops", "netfilter", "tcx", "uprobe_multi",
        "netkit", "sockmap", "tracing_multi",
    ];

    /// <summary>All names of program types.</summary>
    public static IReadOnlyList<string> Programs { get; } = ProgramTypeInfo.All.ToArray().Select(row => row.Name).ToArray();

    /// <summary>All names of map types.</summary>
    public static IReadOnlyList<string> Maps { get; } = MapTypeInfo.All.ToArray().Select(row => row.Name).ToArray();

    /// <summary>All names of attach types, by number.</summary>
    public static IReadOnlyList<string> Attachments => s_attachments;

    /// <summary>The name of a kind of program; its number for kinds that are newer than this library.</summary>
    public static string Of(ProgramType type) => ProgramTypeInfo.Find(type)?.Name ?? ((uint)type).ToString(CultureInfo.InvariantCulture);

    /// <summary>The name of a kind of map.</summary>
    public static string Of(MapType type) => MapTypeInfo.Find(type)?.Name ?? ((uint)type).ToString(CultureInfo.InvariantCulture);

    /// <summary>The name of a place of attachment.</summary>
    public static string Of(AttachType type) => Name(s_attachments, (uint)type);

    /// <summary>The name of a kind of link.</summary>
    public static string Of(LinkType type) => Name(s_links, (uint)type);

    /// <summary>Finds a kind of program by name.</summary>
    public static bool TryParse(string name, out ProgramType type)
    {
        foreach (ProgramTypeInfo row in ProgramTypeInfo.All)
        {
            if (row.Name != name) continue;
            type = row.Type;
            return true;
        }

        type = default;
        return false;
    }

    /// <summary>Finds a kind of map by name.</summary>
    public static bool TryParse(string name, out MapType type)
    {
        foreach (MapTypeInfo row in MapTypeInfo.All)
        {
            if (row.Name != name) continue;
            type = row.Type;
            return true;
        }

        type = default;
        return false;
    }

    /// <summary>Finds a place of attachment by name.</summary>
    public static bool TryParse(string name, out AttachType type)
    {
        int index = Array.IndexOf(s_attachments, name);
        type = (AttachType)Math.Max(0, index);
        return index >= 0;
    }

    private static string Name(string[] names, uint number) => number < (uint)names.Length ? names[number] : number.ToString(CultureInfo.InvariantCulture);
}
