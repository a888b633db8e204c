// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Bpf.Objects;

/// <summary>What a program's return value means, by kind of program (uapi/linux/bpf.h, pkt_cls.h, netfilter.h).</summary>
public static class Verdicts
{
    private static readonly (int Value, string Name)[] s_trafficControl =
    [
        (-1, "TC_ACT_UNSPEC"), (0, "TC_ACT_OK"), (1, "TC_ACT_RECLASSIFY"), (2, "TC_ACT_SHOT"), (3, "TC_ACT_PIPE"), (4, "TC_ACT_STOLEN"),
        (5, "TC_ACT_QUEUED"), (6, "TC_ACT_REPEAT"), (7, "TC_ACT_REDIRECT"), (8, "TC_ACT_TRAP"),
    ];

    private static readonly (int Value, string Name)[] s_tunnel = [(0, "BPF_OK"), (2, "BPF_DROP"), (7, "BPF_REDIRECT"), (128, "BPF_LWT_REROUTE")];
    private static readonly (int Value, string Name)[] s_passDrop = [(0, "SK_DROP"), (1, "SK_PASS")];
    private static readonly (int Value, string Name)[] s_allowDeny = [(0, "deny"), (1, "allow")];

    private static readonly Dictionary<ProgramType, (int Value, string Name)[]> s_names = new()
    {
        [ProgramType.Xdp] = [(0, "XDP_ABORTED"), (1, "XDP_DROP"), (2, "XDP_PASS"), (3, "XDP_TX"), (4, "XDP_REDIRECT")],
        [ProgramType.SchedCls] = s_trafficControl,
        [ProgramType.SchedAct] = s_trafficControl,
        [ProgramType.LwtIn] = s_tunnel,
        [ProgramType.LwtOut] = s_tunnel,
        [ProgramType.LwtXmit] = s_tunnel,
        [ProgramType.LwtSeg6local] = s_tunnel,
        [ProgramType.SkSkb] = s_passDrop,
        [ProgramType.SkMsg] = s_passDrop,
        [ProgramType.SkLookup] = s_passDrop,
        [ProgramType.SkReuseport] = s_passDrop,
        [ProgramType.CgroupSkb] = s_allowDeny,
        [ProgramType.CgroupSock] = s_allowDeny,
        [ProgramType.CgroupSockAddr] = s_allowDeny,
        [ProgramType.CgroupDevice] = s_allowDeny,
        [ProgramType.CgroupSysctl] = s_allowDeny,
        [ProgramType.CgroupSockOpt] = s_allowDeny,
        [ProgramType.Netfilter] = [(0, "NF_DROP"), (1, "NF_ACCEPT")],
        [ProgramType.FlowDissector] = [(0, "BPF_OK"), (2, "BPF_DROP"), (129, "BPF_FLOW_DISSECTOR_CONTINUE")],
    };

    /// <summary>
    /// The name of a return value: the kernel's constant where it has one; for socket filters <c>drop</c>, <c>keep all</c> or
    /// <c>keep N bytes</c>; otherwise the number.
    /// </summary>
    public static string NameOf(ProgramType type, uint value)
    {
        if (type == ProgramType.SocketFilter)
            return value switch { 0 => "drop", >= 0xffff => "keep all", _ => string.Create(CultureInfo.InvariantCulture, $"keep {value} bytes") };
        if (s_names.TryGetValue(type, out (int Value, string Name)[]? names))
        {
            foreach ((int known, string name) in names)
            {
                if (known == (int)value) return name;
            }
        }

        return value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>How many bytes of a packet go on after a verdict: 0 for a packet that is dropped, fewer than all for socket filters that cut.</summary>
    /// <param name="type">The kind of program.</param>
    /// <param name="value">Its return value.</param>
    /// <param name="length">Bytes of the packet.</param>
    public static int KeptBytes(ProgramType type, uint value, int length) => type switch
    {
        ProgramType.SocketFilter => (int)Math.Min(value, (uint)length),
        ProgramType.Xdp => value is 2 or 3 or 4 ? length : 0,
        ProgramType.SchedCls or ProgramType.SchedAct => value == 2 ? 0 : length,
        ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtXmit or ProgramType.LwtSeg6local => value == 2 ? 0 : length,
        ProgramType.SkSkb or ProgramType.SkMsg or ProgramType.CgroupSkb or ProgramType.Netfilter => value == 1 ? length : 0,
        _ => length,
    };
}
