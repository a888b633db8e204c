// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

// Starts and ends of processes with their durations: two tracepoints, a hash, a ring buffer, constants, and fields of two kernel structs.
#include "types.h"

struct signal_struct { int group_exit_code; } CORE;
struct task_struct { struct task_struct *real_parent; int tgid; int exit_code; __u64 start_time; struct signal_struct *signal; } CORE;
struct exec_context { __u16 common_type; __u8 common_flags, common_preempt_count; int common_pid; __u32 filename; int pid; int old_pid; };

struct event { int pid; int parent; unsigned exit_code; __u64 duration; char name[16]; char file[127]; _Bool is_exit; };

struct {
    __uint(type, 1 /* hash */);
    __uint(max_entries, 8192);
    __type(key, int);
    __type(value, __u64);
} starts SEC(".maps");

struct {
    __uint(type, 27 /* ring buffer */);
    __uint(max_entries, 256 * 1024);
} events SEC(".maps");

const volatile __u64 shortest_ns = 0;

SEC("tp/sched/sched_process_exec")
int on_exec(struct exec_context *ctx)
{
    int pid = bpf_get_current_pid_tgid() >> 32;
    __u64 now = bpf_ktime_get_ns();
    bpf_map_update_elem(&starts, &pid, &now, 0);
    if (shortest_ns) return 0;
    struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
    if (!e) return 0;
    struct task_struct *task = (void *)bpf_get_current_task();
    e->is_exit = 0;
    e->pid = pid;
    e->parent = BPF_CORE_READ(task, real_parent, tgid);
    bpf_get_current_comm(&e->name, sizeof(e->name));
    bpf_probe_read_kernel_str(&e->file, sizeof(e->file), (void *)ctx + (ctx->filename & 0xffff));
    bpf_ringbuf_submit(e, 0);
    return 0;
}

SEC("tp/sched/sched_process_exit")
int on_exit(void *ctx)
{
    __u64 id = bpf_get_current_pid_tgid(), duration = 0;
    int pid = id >> 32;
    if (pid != (int)id) return 0;
    __u64 *start = bpf_map_lookup_elem(&starts, &pid);
    if (start) duration = bpf_ktime_get_ns() - *start;
    else if (shortest_ns) return 0;
    bpf_map_delete_elem(&starts, &pid);
    if (shortest_ns && duration < shortest_ns) return 0;
    struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
    if (!e) return 0;
    struct task_struct *task = (void *)bpf_get_current_task();
    e->is_exit = 1;
    e->duration = duration;
    e->pid = pid;
    e->parent = BPF_CORE_READ(task, real_parent, tgid);
    e->exit_code = (BPF_CORE_READ(task, exit_code) >> 8) & 0xff;
    bpf_get_current_comm(&e->name, sizeof(e->name));
    bpf_ringbuf_submit(e, 0);
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
