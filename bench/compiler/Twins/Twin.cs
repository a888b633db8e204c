// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Twins;

/// <summary>A program in C and the same program in C#.</summary>
/// <param name="Source">The C file, without <c>.bpf.c</c>.</param>
/// <param name="Class">The probe class.</param>
/// <param name="Program">The program's name in both.</param>
/// <param name="LoadsHere">False for hooks that not every machine has (trampolines, security hooks): the kernel's count is not compared.</param>
public sealed record Twin(string Source, string Class, string Program, bool LoadsHere = true)
{
    /// <summary>All of them.</summary>
    public static readonly Twin[] All =
    [
        new("01_block_http", "T01BlockHttp", "block_http"),
        new("01b_block_http_u64", "T01BlockHttpWord", "block_http"),
        new("02_execsnoop", "T02ExecSnoop", "enter"),
        new("02_execsnoop", "T02ExecSnoop", "leave"),
        new("03_vfsread_fentry", "T03VfsRead", "vfs_read_enter", false),
        new("03_vfsread_fentry", "T03VfsRead", "vfs_read_exit", false),
        new("03b_read_tp", "T03ReadTracepoints", "read_enter"),
        new("03b_read_tp", "T03ReadTracepoints", "read_exit"),
        new("04_tc_drop_tcp", "T04DropTcp", "drop_tcp"),
        new("05_lsm_file_open", "T05FileOpen", "file_open", false),
        new("05b_iter_body", "T05Iterator", "iter_file"),
        new("06_ssl_write", "T06SslWrite", "ssl_write"),
        new("07_counter", "T07Counter", "count"),
        new("08_hist", "T08RunQueue", "wakeup"),
        new("08_hist", "T08RunQueue", "swtch"),
        new("08b_hist_branchfree", "T08RunQueue", "swtch"),
        new("09_strcmp", "T09OpenShadow", "open_shadow"),
        new("09b_strcmp_loop", "T09OpenNeedle", "open_needle"),
        new("10_l4csum", "T10Nat", "rewrite"),
    ];
}
