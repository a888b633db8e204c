// SPDX-License-Identifier: Apache-2.0
// Counts packets by IP protocol in an array, and lets every packet through.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 256);
} protocols SEC(".maps");

SEC("socket")
int count_protocols(struct __sk_buff *skb)
{
	__u16 ethertype;
	__u8 protocol;

	if (bpf_skb_load_bytes(skb, 12, &ethertype, sizeof(ethertype)) || ethertype != bpf_htons(ETH_P_IP))
		return skb->len;
	if (bpf_skb_load_bytes(skb, 23, &protocol, sizeof(protocol)))
		return skb->len;

	__u32 key = protocol;
	__u64 *count = bpf_map_lookup_elem(&protocols, &key);
	if (count)
		__sync_fetch_and_add(count, 1);
	return skb->len;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
