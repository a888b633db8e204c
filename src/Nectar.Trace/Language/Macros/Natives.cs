// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Macros;

/// <summary>Functions of the language that a script may give further forms by macros of the same name.</summary>
internal static class Natives
{
    private static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        "args", "assert", "assert_str", "avg", "bswap", "buf", "cat", "cgroup", "cgroup_path", "cgroupid", "clear", "comm", "container_of", "count", "cpid", "cpu", "ctx", "curtask",
        "debugf", "default_str_length", "delete", "div_ceil", "div_floor", "elapsed", "errorf", "exit", "fail", "find", "func", "getopt", "gid", "has_cpid", "has_key", "hist", "is_array",
        "is_err", "is_integer", "is_literal", "is_ptr", "is_str", "is_unsigned_integer", "jiffies", "join", "kaddr", "kfunc_allowed", "kfunc_exist", "kptr", "kstack", "ksym",
        "leader_comm", "leader_tid", "len", "lhist", "macaddr", "max", "memcmp", "min", "ncpus", "nsecs", "ntop", "numaid", "offsetof", "override", "path", "pcomm", "percpu_kaddr", "pid",
        "ppid", "print", "printf", "probe", "probetype", "pton", "rand", "reg", "retval", "signal", "signal_name", "signal_thread", "sizeof", "skboutput", "socket_cookie", "static_assert",
        "stats", "str", "strcap", "strcontains", "strerror", "strftime", "strlen", "strncmp", "strstr", "str_concat", "sum", "syscall_name", "system", "tid", "time", "tseries", "uaddr", "uid",
        "unwatch", "uptr", "username", "usermode", "ustack", "usym", "warnf", "write_user", "zero",
    };

    public static bool Contains(string name) => Names.Contains(name);
}
