// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Members of kernel structs that some programs may write.</summary>
internal static class WritableFields
{
    private static readonly (string Struct, string Member)[] s_network = [("nf_conn", "mark")];

    private static readonly (string Struct, string Member)[] s_congestion =
    [
        ("tcp_sock", "snd_cwnd"), ("tcp_sock", "snd_cwnd_cnt"), ("tcp_sock", "snd_cwnd_stamp"), ("tcp_sock", "snd_ssthresh"), ("tcp_sock", "ecn_flags"),
        ("tcp_sock", "app_limited"), ("inet_connection_sock", "icsk_ca_priv"), ("inet_connection_sock", "icsk_ack"), ("sock", "sk_pacing_rate"), ("sock", "sk_pacing_status"),
    ];

    internal static bool IsAllowed(Analysis a, BtfTypes types, uint typeId, long offset, int size)
    {
        (string Struct, string Member)[] fields = a.Input.Type switch
        {
            ProgramType.Xdp or ProgramType.SchedCls or ProgramType.SchedAct => s_network,
            ProgramType.StructOps => s_congestion,
            _ => [],
        };
        foreach ((string owner, string member) in fields)
        {
            BtfType type = types[typeId];
            if (type.Name != owner && !(owner is "sock" or "inet_connection_sock" && type.Name == "tcp_sock")) continue;
            uint id = type.Name == owner ? typeId : types.FindByName(owner, BtfKind.Struct);
            if (id == 0) continue;
            for (int i = 0; i < types[id].Count; i++)
            {
                BtfMember field = types[id].Member(i);
                if (field.Name != member) continue;
                long start = field.BitOffset / 8;
                long length = field.BitFieldSize > 0 ? (field.BitFieldSize + 7) / 8 : types.SizeOf(field.TypeId);
                if (offset >= start && offset + size <= start + length) return true;
            }
        }

        return false;
    }
}
