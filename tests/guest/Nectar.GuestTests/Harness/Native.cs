// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.GuestTests.Harness;

/// <summary>Calls that programs in the kernel can be told to watch: nothing in the runtime makes them.</summary>
internal static unsafe partial class Native
{
    /// <summary>The C library, as a path to attach to.</summary>
    internal const string Libc = "/lib/x86_64-linux-gnu/libc.so.6";

    [LibraryImport("libc", EntryPoint = "getsid", SetLastError = true)]
    internal static partial int GetSid(int pid);

    [LibraryImport("libc", EntryPoint = "getpgid", SetLastError = true)]
    internal static partial int GetPgid(int pid);

    [LibraryImport("libc", EntryPoint = "labs")]
    internal static partial long Labs(long value);

    [LibraryImport("libc", EntryPoint = "ffsll")]
    internal static partial int Ffsll(long value);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    private static partial nint SendTo(int fd, byte* data, nuint length, int flags, byte* address, int addressLength);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "usleep")]
    internal static partial int Usleep(uint microseconds);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int pid, int signal);

    /// <summary>Sends a frame out of an interface (AF_PACKET).</summary>
    internal static void SendFrame(int interfaceIndex, ReadOnlySpan<byte> frame)
    {
        int fd = Socket(17, 3, 0);
        Check.True(fd >= 0, "AF_PACKET socket");
        byte* address = stackalloc byte[20]; // struct sockaddr_ll
        new Span<byte>(address, 20).Clear();
        *(short*)address = 17;
        *(int*)(address + 4) = interfaceIndex;
        address[11] = 6;
        nint sent;
        fixed (byte* data = frame) sent = SendTo(fd, data, (nuint)frame.Length, 0, address, 20);
        int errno = Marshal.GetLastPInvokeError();
        _ = Close(fd);
        Check.True(sent == frame.Length, $"sendto: errno {errno}");
    }
}
