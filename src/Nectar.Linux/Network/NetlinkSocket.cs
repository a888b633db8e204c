// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Network;

/// <summary>What a request brings back, message by message.</summary>
internal delegate void NetlinkReply(RouteMessage type, ReadOnlySpan<byte> body);

/// <summary>
/// A socket to rtnetlink. It stays in the network namespace of the thread that opened it, so what was made through it can be
/// removed through it from any thread.
/// </summary>
internal sealed unsafe class NetlinkSocket : IDisposable
{
    private const int BufferSize = 1 << 16;
    private const int CapAcknowledge = 10, ExtendedAcknowledge = 11, StrictCheck = 12;
    private const int ReceiveTimeout = 20; // SO_RCVTIMEO

    private readonly KernelHandle _handle;
    private readonly Lock _lock = new();
    private uint _sequence;

    private NetlinkSocket(KernelHandle handle) => _handle = handle;

    /// <summary>The number that the kernel gave to the socket's network namespace; 0 where it gives none (before 5.14).</summary>
    internal ulong NamespaceCookie
    {
        get
        {
            const int NetnsCookie = 71;
            ulong cookie = 0;
            int length = sizeof(ulong);
            return Libc.GetSocketOption(_handle.Fd, Libc.SolSocket, NetnsCookie, &cookie, &length) == 0 ? cookie : 0;
        }
    }

    /// <exception cref="Bpf.Diagnostics.KernelException">No descriptors are left (NEC4202).</exception>
    internal static NetlinkSocket Open()
    {
        KernelHandle handle = new(Libc.Socket(Libc.AfNetlink, Libc.SockRaw | Libc.SockCloseOnExec, 0));
        if (handle.IsInvalid) throw Refusal.Make(NetworkCodes.Netlink, "rtnetlink", "open a socket", "socket(AF_NETLINK)", Libc.LastErrno);
        int on = 1;
        // Options of newer kernels; without them replies are only less telling.
        foreach (int option in (ReadOnlySpan<int>)[CapAcknowledge, ExtendedAcknowledge, StrictCheck]) _ = Libc.SetSocketOption(handle.Fd, Libc.SolNetlink, option, &on, sizeof(int));
        long* timeout = stackalloc long[2] { 10, 0 };
        _ = Libc.SetSocketOption(handle.Fd, Libc.SolSocket, ReceiveTimeout, timeout, 2 * sizeof(long));
        return new NetlinkSocket(handle);
    }

    /// <summary>Sends a request and waits for the kernel's word on it.</summary>
    /// <param name="message">A finished message.</param>
    /// <param name="reason">The kernel's own explanation where it gives one.</param>
    /// <param name="reply">Gets what the kernel sends back: the echo of what was made, or the elements of a dump.</param>
    internal Errno Send(Span<byte> message, out string? reason, NetlinkReply? reply = null)
    {
        reason = null;
        lock (_lock)
        {
            const ushort DumpBits = NetlinkMessage.Dump;
            ushort flags = MemoryMarshal.Read<ushort>(message[6..]);
            if ((flags & DumpBits) != DumpBits || IsChange(message)) MemoryMarshal.Write(message[6..], (ushort)(flags | NetlinkMessage.Acknowledge));
            MemoryMarshal.Write(message[8..], ++_sequence);
            fixed (byte* data = message)
            {
                if (Libc.SendTo(_handle.Fd, data, (nuint)message.Length, 0, null, 0) < 0) return Libc.LastErrno;
            }

            byte* buffer = (byte*)NativeMemory.Alloc(BufferSize);
            try
            {
                return Receive(buffer, reply, out reason);
            }
            finally
            {
                NativeMemory.Free(buffer);
            }
        }
    }

    public void Dispose() => _handle.Dispose();

    // Numbers of "new" and "delete" requests are 0 and 1 of each group of four; their flags mean something else than a dump.
    private static bool IsChange(ReadOnlySpan<byte> message) => (MemoryMarshal.Read<ushort>(message[4..]) & 3) != 2;

    private Errno Receive(byte* buffer, NetlinkReply? reply, out string? reason)
    {
        reason = null;
        while (true)
        {
            nint received = Libc.ReceiveFrom(_handle.Fd, buffer, BufferSize, 0, null, null);
            if (received < 0)
            {
                if (Libc.LastErrno == Errno.EINTR) continue;
                return Libc.LastErrno;
            }

            ReadOnlySpan<byte> rest = new(buffer, (int)received);
            while (rest.Length >= NetlinkMessage.HeaderSize)
            {
                int length = MemoryMarshal.Read<int>(rest);
                if (length < NetlinkMessage.HeaderSize || length > rest.Length) return Errno.EBADMSG;
                RouteMessage type = (RouteMessage)MemoryMarshal.Read<ushort>(rest[4..]);
                uint sequence = MemoryMarshal.Read<uint>(rest[8..]);
                ReadOnlySpan<byte> body = rest[NetlinkMessage.HeaderSize..length];
                ushort flags = MemoryMarshal.Read<ushort>(rest[6..]);
                rest = rest[Math.Min(rest.Length, (length + 3) & ~3)..];
                if (sequence != _sequence) continue; // left over from a request that timed out
                if (type is RouteMessage.Error or RouteMessage.Done)
                {
                    if (body.Length < sizeof(int)) return Errno.None;
                    reason = Reason(type, flags, body);
                    return (Errno)(-MemoryMarshal.Read<int>(body));
                }

                reply?.Invoke(type, body);
            }
        }
    }

    private static string? Reason(RouteMessage type, ushort flags, ReadOnlySpan<byte> body)
    {
        const ushort HasAttributes = 0x200, MessageText = 1;
        int start = type == RouteMessage.Error ? sizeof(int) + NetlinkMessage.HeaderSize : sizeof(int);
        if ((flags & HasAttributes) == 0 || body.Length <= start) return null;
        ReadOnlySpan<byte> text = NetlinkAttributes.Find(body[start..], MessageText);
        return text.IsEmpty ? null : System.Text.Encoding.UTF8.GetString(text.TrimEnd((byte)0));
    }
}
