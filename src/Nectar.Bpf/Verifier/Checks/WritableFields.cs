// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Members of kernel structs that some programs may write.</summary>
internal static class WritableFields
{
    private static readonly (string Struct, string Member)[] s_network = [("nf_conn", "mark"), ("nf_conn___init", "mark")];

    internal static bool IsAllowed(Analysis a, BtfTypes types, uint typeId, long offset, int size)
    {
        (string Struct, string Member)[] fields = a.Input.Type switch
        {
            ProgramType.Xdp or ProgramType.SchedCls or ProgramType.SchedAct => s_network,
            ProgramType.StructOps => StructOpsRules.Writable(a.Calls.Traits, types[typeId].Name),
            _ => [],
        };
        foreach ((string owner, string member) in fields)
        {
            BtfType type = types[typeId];
            if (type.Name != owner && !(owner is "sock" or "inet_connection_sock" && type.Name == "tcp_sock")) continue;
            uint id = owner == "nf_conn___init" ? types.FindByName("nf_conn", BtfKind.Struct) : type.Name == owner ? typeId : types.FindByName(owner, BtfKind.Struct); // a connection that is being made begins with the connection
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
