// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Trace.Runtime;

/// <summary>The namespace that this process's numbers of processes are of.</summary>
internal static class ProcessNamespace
{
    private const ulong Initial = 0xEFFFFFFC; // PROC_PID_INIT_INO

    /// <summary>Device and inode as <c>bpf_get_ns_current_pid_tgid</c> wants them; null in the initial namespace.</summary>
    public static (ulong Device, ulong Inode)? Current
    {
        get
        {
            const string path = "/proc/self/ns/pid";
            // pid:[4026531836]
            string target = new FileInfo(path).LinkTarget ?? "";
            int open = target.IndexOf('[');
            if (open < 0 || !ulong.TryParse(target.AsSpan(open + 1, target.Length - open - 2), NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode) || inode == Initial) return null;
            return (Native.DeviceOf(path), inode);
        }
    }
}
