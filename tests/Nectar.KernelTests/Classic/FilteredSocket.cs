// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Classic;
using Nectar.Bpf.Isa;

namespace Nectar.KernelTests.Classic;

/// <summary>
/// A pair of connected datagram sockets with a filter on the receiving one: what arrives, and how long it still is, is the
/// filter's result. The packets belong to no interface and have no headers.
/// </summary>
internal sealed unsafe partial class FilteredSocket : IDisposable
{
    private const int SolSocket = 1, AttachFilter = 26, AttachProgram = 50, Unix = 1, Datagram = 2, DontWait = 0x40;
    private const int SysBpf = 321, ProgLoad = 5, SocketFilter = 1;

    private readonly int _sender;
    private readonly int _receiver;

    public FilteredSocket()
    {
        int* pair = stackalloc int[2];
        if (socketpair(Unix, Datagram, 0, pair) != 0) throw new InvalidOperationException($"socketpair: errno {Marshal.GetLastPInvokeError()}");
        (_sender, _receiver) = (pair[0], pair[1]);
    }

    /// <summary>Attaches a classic filter in place of any other; 0 or the errno.</summary>
    public int Attach(ReadOnlySpan<ClassicInstruction> program)
    {
        fixed (ClassicInstruction* filter = program)
        {
            SockFprog prog = new() { Length = (ushort)program.Length, Filter = filter };
            return setsockopt(_receiver, SolSocket, AttachFilter, &prog, sizeof(SockFprog)) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Loads an extended program as a socket filter and attaches it; null, or what the verifier said.</summary>
    public string? Attach(ReadOnlySpan<Instruction> program)
    {
        byte[] log = new byte[1 << 20];
        fixed (Instruction* code = program)
        fixed (byte* license = "GPL\0"u8, logAddress = log)
        {
            ulong* attributes = stackalloc ulong[16];
            new Span<ulong>(attributes, 16).Clear();
            attributes[0] = SocketFilter | ((ulong)program.Length << 32);
            attributes[1] = (ulong)code;
            attributes[2] = (ulong)license;
            attributes[3] = 1 | ((ulong)log.Length << 32);
            attributes[4] = (ulong)logAddress;
            long descriptor = syscall(SysBpf, ProgLoad, attributes, 128);
            if (descriptor < 0) return $"errno {Marshal.GetLastPInvokeError()}: {Marshal.PtrToStringUTF8((nint)logAddress)}";
            int number = (int)descriptor;
            int result = setsockopt(_receiver, SolSocket, AttachProgram, &number, sizeof(int));
            close(number);
            return result == 0 ? null : $"attach: errno {Marshal.GetLastPInvokeError()}";
        }
    }

    /// <summary>Sends a packet through the filter: how many bytes arrive, -1 if it was rejected.</summary>
    public int Pass(ReadOnlySpan<byte> packet)
    {
        byte* buffer = stackalloc byte[4096];
        fixed (byte* data = packet)
        {
            if (send(_sender, data, packet.Length, 0) != packet.Length) throw new InvalidOperationException($"send: errno {Marshal.GetLastPInvokeError()}");
        }

        return (int)recv(_receiver, buffer, 4096, DontWait);
    }

    /// <summary>What <see cref="Pass"/> gives for a filter's result.</summary>
    public static int Expected(uint result, int length) => result == 0 ? -1 : (int)Math.Min(result, (uint)length);

    public void Dispose()
    {
        close(_sender);
        close(_receiver);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct SockFprog
    {
        public ushort Length;
        public ClassicInstruction* Filter;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socketpair(int domain, int type, int protocol, int* pair);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int socket, int level, int name, void* value, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int socket, void* data, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int socket, void* data, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long command, void* attributes, long size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
