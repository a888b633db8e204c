// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary><c>struct bpf_sock_addr</c></summary>
public unsafe struct bpf_sock_addr
{
#pragma warning disable CS1591 // the kernel's names
    public uint user_family, user_ip4;
    public fixed uint user_ip6[4];
    public uint user_port, family, type, protocol, msg_src_ip4;
    public fixed uint msg_src_ip6[4];
    public void* sk;
#pragma warning restore CS1591
}

/// <summary>The context of programs on addresses in system calls (<c>cgroup/connect4</c> and so on).</summary>
/// <param name="address">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref partial struct SockAddrContext(bpf_sock_addr* address)
{
    private readonly bpf_sock_addr* _address = address;

    /// <summary>What the kernel passes, for helpers.</summary>
    public bpf_sock_addr* Pointer => _address;

    /// <summary>Address family of the address that the call gives or asks for.</summary>
    public uint UserFamily => _address->user_family;

    /// <summary>That address, IPv4; may be set.</summary>
    public BigEndian32 UserIPv4
    {
        get => new(_address->user_ip4);
        set => _address->user_ip4 = value.Raw;
    }

    /// <summary>Its port; may be set.</summary>
    public BigEndian16 UserPort
    {
        get => new((ushort)_address->user_port);
        set => _address->user_port = value.Raw;
    }

    /// <summary>Address family of the socket.</summary>
    public uint Family => _address->family;

    /// <summary>Type of the socket: 1 stream, 2 datagram.</summary>
    public uint Type => _address->type;

    /// <summary>Protocol of the socket, see <see cref="IPProtocol"/>.</summary>
    public uint Protocol => _address->protocol;

    /// <summary>For sendmsg: the sender's address, IPv4; may be set.</summary>
    public BigEndian32 SourceIPv4
    {
        get => new(_address->msg_src_ip4);
        set => _address->msg_src_ip4 = value.Raw;
    }

    /// <summary>A quarter of the IPv6 address that the call gives or asks for.</summary>
    /// <param name="index">0 to 3, a constant.</param>
    public BigEndian32 GetUserIPv6(int index) => new(_address->user_ip6[index]);

    /// <summary>Sets a quarter of that address.</summary>
    /// <param name="index">0 to 3, a constant.</param>
    /// <param name="value">The quarter.</param>
    public void SetUserIPv6(int index, BigEndian32 value) => _address->user_ip6[index] = value.Raw;
}
