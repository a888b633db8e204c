// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Trace.Printing;

/// <summary>Numbers of the system in words.</summary>
internal static partial class SystemNames
{
    private const int LastSignal = 64, LastError = 134;

    /// <summary>As strerror(3).</summary>
    public static string Error(int number) => (uint)Math.Abs((long)number) is < LastError and var known ? Marshal.GetPInvokeErrorMessage((int)known) : "Unknown error";

    /// <summary>As strsignal(3).</summary>
    public static string Signal(int number) => number is >= 0 and <= LastSignal && Marshal.PtrToStringUTF8(Describe(number)) is { } text ? text : "N/A";

    /// <summary>A system call's name without <c>sys_</c>.</summary>
    public static string Syscall(int number) => SyscallNames.Find(number) ?? "unknown system call";

    [LibraryImport("libc", EntryPoint = "strsignal")]
    private static partial nint Describe(int signal);
}
