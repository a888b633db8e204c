// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors
//
// libbpf's side of bench/network: time of attaching to loopback and to a cgroup, the median of N.
// gcc -O2 attach.c -lbpf && unshare -n ./a.out CGROUP N
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e6 + t.tv_nsec / 1e3; }
static int compare(const void *a, const void *b) { double x = *(double *)a, y = *(double *)b; return x < y ? -1 : x > y; }
static int load(int type, int attach, int verdict)
{
	struct bpf_insn code[] = { { .code = 0xb7, .imm = verdict }, { .code = 0x95 } };
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = attach);
	return bpf_prog_load(type, "bench", "GPL", code, 2, &o);
}
#define MEASURE(name, attach, detach) do { \
	for (int i = 0; i < n; i++) { double start = now(); attach; times[i] = now() - start; detach; } \
	qsort(times, n, sizeof(double), compare); printf("%s: %.1f us\n", name, times[n / 2]); } while (0)
#define CHECK(call) ({ int result = (call); if (result < 0) { perror(#call); exit(1); } result; })

int main(int argc, char **argv)
{
	if (argc != 3) return 2;
	int n = atoi(argv[2]), link;
	double *times = malloc(n * sizeof(double));
	int xdp = CHECK(load(BPF_PROG_TYPE_XDP, BPF_XDP, 2)), tc = CHECK(load(BPF_PROG_TYPE_SCHED_CLS, 0, 0)), skb = CHECK(load(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, 1));
	LIBBPF_OPTS(bpf_link_create_opts, generic, .flags = XDP_FLAGS_SKB_MODE);
	MEASURE("xdp link, generic", link = CHECK(bpf_link_create(xdp, 1, BPF_XDP, &generic)), close(link));
	MEASURE("xdp netlink, generic", CHECK(bpf_xdp_attach(1, xdp, XDP_FLAGS_SKB_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL)), bpf_xdp_detach(1, XDP_FLAGS_SKB_MODE, NULL));
	MEASURE("tc filter", {
		LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = 1, .attach_point = BPF_TC_INGRESS);
		LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = tc, .handle = 1, .priority = 1);
		CHECK(bpf_tc_hook_create(&hook));
		CHECK(bpf_tc_attach(&hook, &opts));
	}, {
		LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = 1, .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
		CHECK(bpf_tc_hook_destroy(&hook));
	});
	MEASURE("tcx link", link = CHECK(bpf_link_create(tc, 1, 46, NULL)), close(link));
	MEASURE("cgroup link", int fd = open(argv[1], O_RDONLY | O_CLOEXEC); link = CHECK(bpf_link_create(skb, fd, BPF_CGROUP_INET_EGRESS, NULL)); close(fd), close(link));
	return 0;
}
