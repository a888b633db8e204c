// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Printing;

namespace Nectar.Trace.Probes;

/// <summary>
/// The events of the subsystem <c>syscalls</c>. They are no tracepoints of their own but what perf makes of two, <c>sys_enter</c> and
/// <c>sys_exit</c>, when the number is the right one: programs can do the same, with a hook that all events share and that is gone at once.
/// </summary>
internal static class SyscallEvents
{
    /// <summary>What names of events begin with.</summary>
    public const string Enter = "sys_enter_", Exit = "sys_exit_";

    // Where the kernel's function has another name than the call (include/linux/syscalls.h, arch/x86/entry/syscalls).
    private static readonly Dictionary<string, string> s_calls = new(StringComparer.Ordinal)
    {
        ["newfstat"] = "fstat", ["newlstat"] = "lstat", ["newstat"] = "stat", ["newuname"] = "uname", ["sendfile64"] = "sendfile", ["umount"] = "umount2",
    };

    /// <summary>The number of an event's call, and whether it is the call's end; null for other events and calls that are not known here.</summary>
    public static (int Number, bool IsExit)? Find(ProbeTarget target)
    {
        if (target.Kind != ProbeKind.Tracepoint || target.Group != "syscalls") return null;
        bool isExit = target.Function.StartsWith(Exit, StringComparison.Ordinal);
        if (!isExit && !target.Function.StartsWith(Enter, StringComparison.Ordinal)) return null;
        string call = target.Function[(isExit ? Exit : Enter).Length..];
        int number = SyscallNames.NumberOf(s_calls.GetValueOrDefault(call, call));
        return number >= 0 ? (number, isExit) : null;
    }
}
