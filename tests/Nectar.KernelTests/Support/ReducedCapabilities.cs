// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Nectar.KernelTests.Support;

/// <summary>Runs something on a thread of its own that has given up all capabilities but some; other threads keep theirs.</summary>
internal static unsafe class ReducedCapabilities
{
    private static readonly Dictionary<string, int> s_numbers = new() { ["CAP_NET_ADMIN"] = 12, ["CAP_SYS_ADMIN"] = 21, ["CAP_PERFMON"] = 38, ["CAP_BPF"] = 39 };

    internal static void Run(IEnumerable<string> capabilities, Action action)
    {
        ulong set = capabilities.Aggregate(0ul, (bits, name) => bits | (1ul << s_numbers[name]));
        ExceptionDispatchInfo? problem = null;
        Thread thread = new(() =>
        {
            try
            {
                Drop(set);
                action();
            }
            catch (Exception caught)
            {
                problem = ExceptionDispatchInfo.Capture(caught);
            }
        });
        thread.Start();
        thread.Join();
        problem?.Throw();
    }

    private static void Drop(ulong set)
    {
        long number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 91 : 126;
        uint* header = stackalloc uint[2] { 0x20080522, 0 }; // version 3, this thread
        uint* data = stackalloc uint[6] { (uint)set, (uint)set, 0, (uint)(set >> 32), (uint)(set >> 32), 0 }; // effective, permitted, inheritable, twice
        if (Syscall(number, (nint)header, (nint)data) != 0) throw new InvalidOperationException($"capset: errno {Marshal.GetLastPInvokeError()}");
    }

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long Syscall(long number, nint header, nint data);
}
