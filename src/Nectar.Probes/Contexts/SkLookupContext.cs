// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary><c>struct bpf_sk_lookup</c></summary>
public unsafe struct bpf_sk_lookup
{
#pragma warning disable CS1591 // the kernel's names
    public void* sk;
    public uint family, protocol, remote_ip4;
    public fixed uint remote_ip6[4];
    public ushort remote_port;
    public uint local_ip4;
    public fixed uint local_ip6[4];
    public uint local_port, ingress_ifindex;
#pragma warning restore CS1591
}

/// <summary>The context of socket look-up programs.</summary>
/// <param name="lookup">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref partial struct SkLookupContext(bpf_sk_lookup* lookup)
{
    private readonly bpf_sk_lookup* _lookup = lookup;

    /// <summary>What the kernel passes, for helpers.</summary>
    public bpf_sk_lookup* Pointer => _lookup;

    /// <summary>Address family of the packet.</summary>
    public uint Family => _lookup->family;

    /// <summary>See <see cref="IPProtocol"/>.</summary>
    public uint Protocol => _lookup->protocol;

    /// <summary>The sender's address, IPv4.</summary>
    public BigEndian32 RemoteIPv4 => new(_lookup->remote_ip4);

    /// <summary>The sender's port. Kernel 5.9.</summary>
    public BigEndian16 RemotePort => new(_lookup->remote_port);

    /// <summary>The receiver's address, IPv4.</summary>
    public BigEndian32 LocalIPv4 => new(_lookup->local_ip4);

    /// <summary>The receiver's port, in host order.</summary>
    public uint LocalPort => _lookup->local_port;

    /// <summary>The interface that the packet came in on. Kernel 5.17.</summary>
    public uint IngressInterface => _lookup->ingress_ifindex;

    /// <summary>Chooses a socket. Kernel 5.9.</summary>
    /// <param name="socket">From a map of sockets or a look-up; null for none.</param>
    /// <param name="flags">1 to replace an earlier choice, 2 to ignore reuseport.</param>
    /// <returns>0, or a negative error number.</returns>
    public long Assign(void* socket, ulong flags = 0) => RawSockets.SkAssign(_lookup, socket, flags);
}
