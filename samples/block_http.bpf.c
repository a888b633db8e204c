// SPDX-License-Identifier: Apache-2.0
// Drops TCP segments whose payload starts with "HTTP/1.1" (the first segment of a response) and reports each one.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u8 source_address[4];
	__u8 destination_address[4];
	__u16 source_port;
	__u16 destination_port;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

// A function of its own, so that the type of the records is part of the object's BTF.
static __attribute__((noinline)) int describe(struct event *event, __u64 addresses, __u32 ports)
{
	__builtin_memcpy(event, &addresses, sizeof(addresses));
	event->source_port = bpf_ntohs(ports & 0xffff);
	event->destination_port = bpf_ntohs(ports >> 16);
	return 0;
}

SEC("xdp")
int block_http(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;

	struct ethhdr *ethernet = data;
	if ((void *)(ethernet + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;

	struct iphdr *ip = (void *)(ethernet + 1);
	if ((void *)(ip + 1) > end || ip->protocol != IPPROTO_TCP)
		return XDP_PASS;

	struct tcphdr *tcp = (void *)ip + ip->ihl * 4;
	if ((void *)(tcp + 1) > end)
		return XDP_PASS;

	char *payload = (void *)tcp + tcp->doff * 4;
	if ((void *)(payload + 8) > end || __builtin_memcmp(payload, "HTTP/1.1", 8) != 0)
		return XDP_PASS;

	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (event) {
		__u64 addresses = ip->saddr | (__u64)ip->daddr << 32;
		describe(event, addresses, tcp->source | (__u32)tcp->dest << 16);
		bpf_ringbuf_submit(event, 0);
	}
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
