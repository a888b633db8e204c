// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Kfuncs
{
    /// <summary><c>bpf_xdp_metadata_rx_timestamp</c>, kernel 6.3: when the hardware received the packet, in nanoseconds; programs bound to a device.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Kfunc("bpf_xdp_metadata_rx_timestamp")]
    public static int XdpMetadataRxTimestamp(xdp_md* md, ulong* timestamp) => (int)Managed.CallKernel("bpf_xdp_metadata_rx_timestamp", (ulong)md, (ulong)timestamp);

    /// <summary><c>bpf_xdp_metadata_rx_hash</c>, kernel 6.3: the hash that the hardware computed; programs bound to a device.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Kfunc("bpf_xdp_metadata_rx_hash")]
    public static int XdpMetadataRxHash(xdp_md* md, uint* hash, uint* type) => (int)Managed.CallKernel("bpf_xdp_metadata_rx_hash", (ulong)md, (ulong)hash, (ulong)type);

    /// <summary><c>bpf_xdp_metadata_rx_vlan_tag</c>, kernel 6.8: the VLAN tag that the hardware took off; programs bound to a device.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Kfunc("bpf_xdp_metadata_rx_vlan_tag")]
    public static int XdpMetadataRxVlanTag(xdp_md* md, ushort* protocol, ushort* tci) => (int)Managed.CallKernel("bpf_xdp_metadata_rx_vlan_tag", (ulong)md, (ulong)protocol, (ulong)tci);

    /// <summary><c>bpf_xdp_ct_lookup</c>, kernel 5.18: finds a tracked connection (<c>nf_conn</c>); must be released; null if there is none.</summary>
    [Kfunc("bpf_xdp_ct_lookup")]
    public static T* XdpCtLookup<T>(xdp_md* md, bpf_sock_tuple* tuple, uint tupleSize, bpf_ct_opts* options, uint optionsSize)
        where T : unmanaged => (T*)Managed.CallKernel("bpf_xdp_ct_lookup", (ulong)md, (ulong)tuple, tupleSize, (ulong)options, optionsSize);

    /// <summary><c>bpf_skb_ct_lookup</c>, kernel 5.18: finds a tracked connection (<c>nf_conn</c>); must be released; null if there is none.</summary>
    [Kfunc("bpf_skb_ct_lookup")]
    public static T* SkbCtLookup<T>(__sk_buff* skb, bpf_sock_tuple* tuple, uint tupleSize, bpf_ct_opts* options, uint optionsSize)
        where T : unmanaged => (T*)Managed.CallKernel("bpf_skb_ct_lookup", (ulong)skb, (ulong)tuple, tupleSize, (ulong)options, optionsSize);

    /// <summary><c>bpf_ct_release</c>, kernel 5.18: gives a connection back.</summary>
    [Kfunc("bpf_ct_release")]
    public static void CtRelease<T>(T* connection)
        where T : unmanaged => Managed.CallKernel("bpf_ct_release", (ulong)connection);

    /// <summary><c>bpf_ct_change_timeout</c>, kernel 6.0: how long a connection is remembered.</summary>
    /// <returns>0, or a negative error number.</returns>
    [Kfunc("bpf_ct_change_timeout")]
    public static int CtChangeTimeout<T>(T* connection, uint milliseconds)
        where T : unmanaged => (int)Managed.CallKernel("bpf_ct_change_timeout", (ulong)connection, milliseconds);

    /// <summary><c>bpf_sock_addr_set_sun_path</c>, kernel 6.7: sets the path of a Unix address (<c>bpf_sock_addr_kern</c>).</summary>
    /// <returns>0, or a negative error number.</returns>
    [Kfunc("bpf_sock_addr_set_sun_path")]
    public static int SockAddrSetSunPath<T>(T* address, byte* path, uint length)
        where T : unmanaged => (int)Managed.CallKernel("bpf_sock_addr_set_sun_path", (ulong)address, (ulong)path, length);
}
