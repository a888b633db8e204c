// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary><c>struct sk_reuseport_md</c></summary>
public unsafe struct sk_reuseport_md
{
#pragma warning disable CS1591 // the kernel's names
    public byte* data;
    public byte* data_end;
    public uint len, eth_protocol, ip_protocol, bind_inany, hash;
    public void* sk;
    public void* migrating_sk;
#pragma warning restore CS1591
}

/// <summary>The context of reuseport programs.</summary>
/// <param name="group">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref partial struct SkReuseportContext(sk_reuseport_md* group)
{
    private readonly sk_reuseport_md* _group = group;

    /// <summary>What the kernel passes, for helpers.</summary>
    public sk_reuseport_md* Pointer => _group;

    /// <summary>The packet from its transport header on.</summary>
    public Packet Data => new(ContextAccess.Data(_group), ContextAccess.DataEnd(_group));

    /// <summary>Bytes from the transport header on.</summary>
    public uint Length => _group->len;

    /// <summary>EtherType.</summary>
    public BigEndian16 EtherType => new((ushort)_group->eth_protocol);

    /// <summary>See <see cref="IPProtocol"/>.</summary>
    public uint Protocol => _group->ip_protocol;

    /// <summary>The hash of the flow.</summary>
    public uint Hash => _group->hash;

    /// <summary>Chooses a socket of the group. Kernel 4.19.</summary>
    /// <returns>0, or a negative error number.</returns>
    public long Select(ReuseportSockArray map, uint index, ulong flags = 0) => RawSockets.SkSelectReuseport(_group, map, in index, flags);
}
