// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors
// The pointer moves by a header length that comes from the packet, and is not checked again.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	unsigned char *end = (void *)(long)ctx->data_end;

	if (data + 34 > end)
		return XDP_PASS;
	unsigned char *tcp = data + 14 + (data[14] & 15) * 4;
	return tcp[13] & 4 ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int mended(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	unsigned char *end = (void *)(long)ctx->data_end;

	if (data + 34 > end)
		return XDP_PASS;
	unsigned char *tcp = data + 14 + (data[14] & 15) * 4;
	if (tcp + 20 > end)
		return XDP_PASS;
	return tcp[13] & 4 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
