// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>Helper 20, kernel 4.3: what the tunnel of a packet is. Flags: 1 (<c>BPF_F_TUNINFO_IPV6</c>) for IPv6.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(20)]
    public static long SkbGetTunnelKey(__sk_buff* skb, bpf_tunnel_key* key, uint size, ulong flags) => (long)Managed.Call(20, (ulong)skb, (ulong)key, size, flags);

    /// <summary>Helper 21, kernel 4.3: what tunnel the packet goes through.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(21)]
    public static long SkbSetTunnelKey(__sk_buff* skb, bpf_tunnel_key* key, uint size, ulong flags) => (long)Managed.Call(21, (ulong)skb, (ulong)key, size, flags);

    /// <summary>Helper 29, kernel 4.6: the options of the tunnel of a packet.</summary>
    /// <returns>Bytes, or a negative error number.</returns>
    [Helper(29)]
    public static long SkbGetTunnelOpt(__sk_buff* skb, void* options, uint size) => (long)Managed.Call(29, (ulong)skb, (ulong)options, size);

    /// <summary>Helper 30, kernel 4.6: the options of the tunnel that the packet goes through.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(30)]
    public static long SkbSetTunnelOpt(__sk_buff* skb, void* options, uint size) => (long)Managed.Call(30, (ulong)skb, (ulong)options, size);

    /// <summary>Helper 66, kernel 4.18: the IPsec state that the packet came through.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(66)]
    public static long SkbGetXfrmState(__sk_buff* skb, uint index, bpf_xfrm_state* state, uint size, ulong flags) => (long)Managed.Call(66, (ulong)skb, index, (ulong)state, size, flags);

    /// <summary>Helper 69, kernel 4.18: where the routing table sends a packet. Flags: 1 direct, 2 from the output side, 4 skip neighbours (6.3), 8 by table (6.6), 16 wants the source (6.7).</summary>
    /// <returns>0 for success, a positive <c>BPF_FIB_LKUP_RET_*</c>, or a negative error number.</returns>
    [Helper(69)]
    public static long FibLookup(void* context, bpf_fib_lookup* query, int size, uint flags) => (long)Managed.Call(69, (ulong)context, (ulong)query, (ulong)(long)size, flags);

    /// <summary>Helper 152, kernel 5.10: the packet goes out on an interface with the neighbour's hardware address; return its result. <c>next</c> may be null: the packet's own destination.</summary>
    [Helper(152)]
    public static long RedirectNeigh(uint interfaceIndex, bpf_redir_neigh* next, int size, ulong flags) => (long)Managed.Call(152, interfaceIndex, (ulong)next, (ulong)(long)size, flags);

    /// <summary>Helper 163, kernel 5.12: whether the packet, grown by a difference, fits an interface.</summary>
    /// <returns>0 if it fits, 1 too long, 2 a segment is, or a negative error number.</returns>
    [Helper(163)]
    public static long CheckMtu(void* context, uint interfaceIndex, uint* mtu, int difference, ulong flags) => (long)Managed.Call(163, (ulong)context, interfaceIndex, (ulong)mtu, (ulong)(long)difference, flags);

    /// <summary>Helper 73, kernel 4.18: puts a tunnel header in front (0 seg6, 1 seg6 inline, 2 IP).</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(73)]
    public static long LwtPushEncap(__sk_buff* skb, uint type, void* header, uint size) => (long)Managed.Call(73, (ulong)skb, type, (ulong)header, size);

    /// <summary>Helper 74, kernel 4.18: writes into a segment routing header.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(74)]
    public static long LwtSeg6StoreBytes(__sk_buff* skb, uint offset, void* from, uint size) => (long)Managed.Call(74, (ulong)skb, offset, (ulong)from, size);

    /// <summary>Helper 75, kernel 4.18: grows or shrinks a segment routing header.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(75)]
    public static long LwtSeg6AdjustSrh(__sk_buff* skb, uint offset, int difference) => (long)Managed.Call(75, (ulong)skb, offset, (ulong)(long)difference);

    /// <summary>Helper 76, kernel 4.18: applies a segment routing action.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(76)]
    public static long LwtSeg6Action(__sk_buff* skb, uint action, void* parameter, uint size) => (long)Managed.Call(76, (ulong)skb, action, (ulong)parameter, size);

    /// <summary>Helper 77, kernel 4.18: reports that a key is still pressed (infrared).</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(77)]
    public static long RcRepeat(void* context) => (long)Managed.Call(77, (ulong)context);

    /// <summary>Helper 78, kernel 4.18: reports a key (infrared).</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(78)]
    public static long RcKeydown(void* context, uint protocol, ulong scancode, uint toggle) => (long)Managed.Call(78, (ulong)context, protocol, scancode, toggle);

    /// <summary>Helper 92, kernel 5.0: reports a movement (infrared).</summary>
    /// <returns>0, or a negative error number.</returns>
    [Helper(92)]
    public static long RcPointerRel(void* context, int x, int y) => (long)Managed.Call(92, (ulong)context, (ulong)(long)x, (ulong)(long)y);

    /// <summary>Helper 151, kernel 5.10: the net_cls class of the packet's socket.</summary>
    [Helper(151)]
    public static ulong SkbCgroupClassid(__sk_buff* skb) => Managed.Call(151, (ulong)skb);
}
