// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary><c>struct bpf_sock_ops</c></summary>
public unsafe struct bpf_sock_ops
{
#pragma warning disable CS1591 // the kernel's names
    public uint op;
    public fixed uint reply[4];
    public uint family, remote_ip4, local_ip4;
    public fixed uint remote_ip6[4];
    public fixed uint local_ip6[4];
    public uint remote_port, local_port, is_fullsock, snd_cwnd, srtt_us, bpf_sock_ops_cb_flags, state, rtt_min, snd_ssthresh, rcv_nxt, snd_nxt, snd_una;
    public uint mss_cache, ecn_flags, rate_delivered, rate_interval_us, packets_out, retrans_out, total_retrans, segs_in, data_segs_in, segs_out;
    public uint data_segs_out, lost_out, sacked_out, sk_txhash;
    public ulong bytes_received, bytes_acked;
    public void* sk;
    public void* skb_data;
    public void* skb_data_end;
    public uint skb_len, skb_tcp_flags;
    public ulong skb_hwtstamp;
#pragma warning restore CS1591
}

/// <summary>The context of programs that follow TCP sockets.</summary>
/// <param name="operation">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref partial struct SockOpsContext(bpf_sock_ops* operation)
{
    private readonly bpf_sock_ops* _operation = operation;

    /// <summary>What the kernel passes, for helpers.</summary>
    public bpf_sock_ops* Pointer => _operation;

    /// <summary>What happened.</summary>
    public SockOpsEvent Event => (SockOpsEvent)_operation->op;

    /// <summary>The answer, where the event asks for one.</summary>
    public uint Reply
    {
        get => _operation->reply[0];
        set => _operation->reply[0] = value;
    }

    /// <summary>What comes with the event.</summary>
    /// <param name="index">0 to 3, a constant.</param>
    public uint GetArgument(int index) => _operation->reply[index];

    /// <summary>Address family.</summary>
    public uint Family => _operation->family;

    /// <summary>The peer's address, IPv4.</summary>
    public BigEndian32 RemoteIPv4 => new(_operation->remote_ip4);

    /// <summary>The own address, IPv4.</summary>
    public BigEndian32 LocalIPv4 => new(_operation->local_ip4);

    /// <summary>The peer's port.</summary>
    public BigEndian16 RemotePort => new((ushort)(_operation->remote_port >> 16));

    /// <summary>The own port, in host order.</summary>
    public uint LocalPort => _operation->local_port;

    /// <summary>True if the TCP fields below are there.</summary>
    public bool IsFullSocket => _operation->is_fullsock != 0;

    /// <summary>TCP state.</summary>
    public uint State => _operation->state;

    /// <summary>Segments.</summary>
    public uint CongestionWindow => _operation->snd_cwnd;

    /// <summary>Smoothed round trip time in 1/8 microseconds.</summary>
    public uint SmoothedRtt => _operation->srtt_us;

    /// <summary>Segments sent again.</summary>
    public uint TotalRetransmits => _operation->total_retrans;

    /// <summary>Bytes received.</summary>
    public ulong BytesReceived => _operation->bytes_received;

    /// <summary>Bytes acknowledged.</summary>
    public ulong BytesAcknowledged => _operation->bytes_acked;

    /// <summary>Events that the socket reports, see <see cref="SetCallbackFlags"/>.</summary>
    public uint CallbackFlags => _operation->bpf_sock_ops_cb_flags;

    /// <summary>Says which further events the socket reports (<c>BPF_SOCK_OPS_*_CB_FLAG</c>). Kernel 4.16.</summary>
    /// <returns>0, or the flags that the kernel does not know.</returns>
    public long SetCallbackFlags(int flags) => RawSockets.SockOpsCbFlagsSet(_operation, flags);

    /// <summary>Puts the socket into a map of sockets. Kernel 4.14.</summary>
    /// <returns>0, or a negative error number.</returns>
    public long AddTo(SockMap map, uint index, MapUpdate flags = MapUpdate.Any) => RawSockets.SockMapUpdate(_operation, map, in index, (ulong)flags);

    /// <summary>Puts the socket into a hash of sockets. Kernel 4.18.</summary>
    /// <returns>0, or a negative error number.</returns>
    public long AddTo<TKey>(SockHash<TKey> map, in TKey key, MapUpdate flags = MapUpdate.Any)
        where TKey : unmanaged => RawSockets.SockHashUpdate(_operation, map, in key, (ulong)flags);
}

/// <summary>What happened to a TCP socket (<c>BPF_SOCK_OPS_*</c>).</summary>
public enum SockOpsEvent : uint
{
    /// <summary>Nothing.</summary>
    Void,

    /// <summary>Asks for the first retransmission timeout of a SYN.</summary>
    TimeoutInit,

    /// <summary>Asks for the first receive window.</summary>
    RwndInit,

    /// <summary>A connection is about to be made.</summary>
    TcpConnect,

    /// <summary>A connection was made from here.</summary>
    ActiveEstablished,

    /// <summary>A connection was made to here.</summary>
    PassiveEstablished,

    /// <summary>Asks whether congestion control needs ECN.</summary>
    NeedsEcn,

    /// <summary>Asks for the base round trip time.</summary>
    BaseRtt,

    /// <summary>A retransmission timeout.</summary>
    Rto,

    /// <summary>A segment was sent again.</summary>
    Retransmit,

    /// <summary>The state changes: arguments 0 and 1 are the old and the new one.</summary>
    State,

    /// <summary>The socket listens.</summary>
    TcpListen,

    /// <summary>A round trip time was measured.</summary>
    Rtt,

    /// <summary>A header with options is parsed.</summary>
    ParseHeaderOption,

    /// <summary>Asks for room for options.</summary>
    HeaderOptionLength,

    /// <summary>Options are to be written.</summary>
    WriteHeaderOption,
}
