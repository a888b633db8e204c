// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

// The smallest tracer: one tracepoint, one global, no types of the kernel.
#include "types.h"

int my_pid = 0;
__u64 calls;

SEC("tp/syscalls/sys_enter_write")
int handle_write(void *ctx)
{
    if ((int)(bpf_get_current_pid_tgid() >> 32) == my_pid) calls++;
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
