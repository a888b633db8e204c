// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary><c>struct sk_msg_md</c></summary>
public unsafe struct sk_msg_md
{
#pragma warning disable CS1591 // the kernel's names
    public byte* data;
    public byte* data_end;
    public uint family, remote_ip4, local_ip4;
    public fixed uint remote_ip6[4];
    public fixed uint local_ip6[4];
    public uint remote_port, local_port, size;
    public void* sk;
#pragma warning restore CS1591
}

/// <summary>The context of programs on messages of sockets.</summary>
/// <param name="message">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref partial struct SkMsgContext(sk_msg_md* message)
{
    private readonly sk_msg_md* _message = message;

    /// <summary>What the kernel passes, for helpers.</summary>
    public sk_msg_md* Pointer => _message;

    /// <summary>The part of the message that can be addressed: see <see cref="PullData"/>.</summary>
    public Packet Data => new(ContextAccess.Data(_message), ContextAccess.DataEnd(_message));

    /// <summary>Bytes of the message. Kernel 5.0.</summary>
    public uint Size => _message->size;

    /// <summary>Address family.</summary>
    public uint Family => _message->family;

    /// <summary>The peer's address, IPv4.</summary>
    public BigEndian32 RemoteIPv4 => new(_message->remote_ip4);

    /// <summary>The own address, IPv4.</summary>
    public BigEndian32 LocalIPv4 => new(_message->local_ip4);

    /// <summary>The peer's port.</summary>
    public BigEndian16 RemotePort => new((ushort)(_message->remote_port >> 16));

    /// <summary>The own port, in host order.</summary>
    public uint LocalPort => _message->local_port;

    /// <summary>Says that the verdict holds for the next bytes, so that they come without a program. Kernel 4.17.</summary>
    public long ApplyBytes(uint bytes) => RawSockets.MsgApplyBytes(_message, bytes);

    /// <summary>Says that the program is to be called when so many bytes are there. Kernel 4.17.</summary>
    public long CorkBytes(uint bytes) => RawSockets.MsgCorkBytes(_message, bytes);

    /// <summary>Makes bytes of the message addressable. Kernel 4.17. Data taken before is stale.</summary>
    public long PullData(uint start, uint end, ulong flags = 0) => RawSockets.MsgPullData(_message, start, end, flags);

    /// <summary>Puts room into the message. Kernel 4.20. Data taken before is stale.</summary>
    public long PushData(uint start, uint length, ulong flags = 0) => RawSockets.MsgPushData(_message, start, length, flags);

    /// <summary>Takes bytes out of the message. Kernel 5.0. Data taken before is stale.</summary>
    public long PopData(uint start, uint length, ulong flags = 0) => RawSockets.MsgPopData(_message, start, length, flags);

    /// <summary>The message goes to a socket of a map; return its result. Kernel 4.17.</summary>
    /// <param name="map">The map.</param>
    /// <param name="index">The socket.</param>
    /// <param name="flags">1 (<see cref="Bpf.Ingress"/>) to be received there, 0 to be sent.</param>
    public SkAction Redirect(SockMap map, uint index, ulong flags = 0) => (SkAction)RawSockets.MsgRedirectMap(_message, map, index, flags);

    /// <summary>The message goes to a socket of a hash; return its result. Kernel 4.18.</summary>
    /// <param name="map">The map.</param>
    /// <param name="key">The socket.</param>
    /// <param name="flags">1 (<see cref="Bpf.Ingress"/>) to be received there, 0 to be sent.</param>
    public SkAction Redirect<TKey>(SockHash<TKey> map, in TKey key, ulong flags = 0)
        where TKey : unmanaged => (SkAction)RawSockets.MsgRedirectHash(_message, map, in key, flags);
}
