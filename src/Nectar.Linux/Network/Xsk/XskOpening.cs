// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Network.Xsk;

/// <summary>Makes a socket: memory, rings, mappings, queue, in the order that the kernel wants.</summary>
internal static unsafe class XskOpening
{
    private const int MmapOffsets = 1, ReceiveRing = 2, TransmitRing = 3, RegisterMemory = 4, FillRing = 5, CompletionRing = 6;
    private const long ReceivePages = 0, TransmitPages = 0x8000_0000, FillPages = 0x1_0000_0000, CompletionPages = 0x1_8000_0000;
    private const ushort SharedMemory = 1, UseNeedWakeup = 8, UseMultiBuffer = 16;

    private static readonly (Errno, string)[] s_meanings =
    [
        (Errno.EBUSY, "help: another socket has this queue; give it another queue, or share that socket's memory"),
        (Errno.EOPNOTSUPP, "help: the driver has no zero copy; mode Copy works everywhere"),
        (Errno.EPROTONOSUPPORT, "help: the driver has no zero copy; mode Copy works everywhere"),
        (Errno.EAFNOSUPPORT, "help: the kernel needs CONFIG_XDP_SOCKETS"),
        (Errno.ENOBUFS, "help: raise `ulimit -l`: the memory of the socket must stay in RAM"),
        (Errno.ENETDOWN, "help: bring the interface up first"),
        (Errno.EINVAL, "note: the interface may not have this queue, or, with several buffers, not that ability"),
        (Errno.EPERM, "help: needs CAP_NET_RAW"),
    ];

    internal static XskSocket Open(XskUmem memory, int interfaceIndex, int queue, XskOptions options)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentOutOfRangeException.ThrowIfNegative(queue);
        CheckSize(options.ReceiveRingSize, true);
        CheckSize(options.TransmitRingSize, true);
        CheckSize(options.FillRingSize, false);
        CheckSize(options.CompletionRingSize, false);
        string subject = $"AF_XDP socket on queue {queue} of {NetworkInterfaces.Describe(interfaceIndex)}";
        lock (memory.Gate)
        {
            KernelHandle handle = new(Libc.Socket(Libc.AfXdp, Libc.SockRaw | Libc.SockCloseOnExec, 0));
            if (handle.IsInvalid) throw Refuse(subject, "open it", "socket(AF_XDP)", Libc.LastErrno);
            Parts parts = new() { Handle = handle };
            try
            {
                XskSocket socket = Open(memory, interfaceIndex, queue, options, subject, ref parts);
                memory.Add(socket);
                if (options.ReceiveRingSize > 0) socket.Queue.Refill(memory);
                return socket;
            }
            catch
            {
                parts.Dispose();
                throw;
            }
        }
    }

    private static XskSocket Open(XskUmem memory, int interfaceIndex, int queue, XskOptions options, string subject, ref Parts parts)
    {
        KernelHandle handle = parts.Handle;
        XskSocket? owner = memory.Owner;
        XskQueue? shared = memory.QueueOf(interfaceIndex, queue);
        if (owner is null)
        {
            Registration registration = new() { Address = memory.Address, Length = memory.Length, ChunkSize = (uint)memory.FrameSize, Headroom = (uint)memory.Headroom };
            Set(handle, subject, RegisterMemory, "XDP_UMEM_REG", &registration, sizeof(Registration));
        }

        if (shared is null)
        {
            SetSize(handle, subject, FillRing, "XDP_UMEM_FILL_RING", options.FillRingSize);
            SetSize(handle, subject, CompletionRing, "XDP_UMEM_COMPLETION_RING", options.CompletionRingSize);
        }

        if (options.ReceiveRingSize > 0) SetSize(handle, subject, ReceiveRing, "XDP_RX_RING", options.ReceiveRingSize);
        if (options.TransmitRingSize > 0) SetSize(handle, subject, TransmitRing, "XDP_TX_RING", options.TransmitRingSize);

        XskMapOffsets offsets = default;
        int length = sizeof(XskMapOffsets);
        if (Libc.GetSocketOption(handle.Fd, Libc.SolXdp, MmapOffsets, &offsets, &length) != 0) throw Refuse(subject, "ask for its rings", "getsockopt(XDP_MMAP_OFFSETS)", Libc.LastErrno);
        if (length != sizeof(XskMapOffsets)) throw Refuse(subject, "ask for its rings: they have no flags before kernel 5.4", "getsockopt(XDP_MMAP_OFFSETS)", Errno.EINVAL);
        if (shared is null)
        {
            parts.Fill = Map<ulong>(handle, subject, FillPages, offsets.Fill, options.FillRingSize);
            parts.Completion = Map<ulong>(handle, subject, CompletionPages, offsets.Completion, options.CompletionRingSize);
        }

        if (options.ReceiveRingSize > 0) parts.Receive = Map<XskDescriptor>(handle, subject, ReceivePages, offsets.Receive, options.ReceiveRingSize);
        if (options.TransmitRingSize > 0) parts.Transmit = Map<XskDescriptor>(handle, subject, TransmitPages, offsets.Transmit, options.TransmitRingSize);

        Address address = new()
        {
            Family = Libc.AfXdp,
            // Whoever shares memory also takes over the flags of the socket that has it.
            Flags = owner is not null ? SharedMemory : (ushort)((int)options.Mode | (options.NeedWakeup ? UseNeedWakeup : 0) | (options.MultiBuffer ? UseMultiBuffer : 0)),
            InterfaceIndex = (uint)interfaceIndex,
            QueueId = (uint)queue,
            SharedMemoryFd = (uint)(owner?.Handle.Fd ?? 0),
        };
        if (Bind(handle, address) is var errno and not Errno.None) throw Refuse(subject, "bind it", "bind(AF_XDP)", errno);
        shared?.AddUser();
        return XskSocket.Make(handle, memory, interfaceIndex, queue, parts.Receive, parts.Transmit, shared ?? new XskQueue(parts.Fill!, parts.Completion!, options.FillRingSize));
    }

    // The kernel lets go of the queue of a closed socket only a moment later: EBUSY is worth a few more tries.
    private static Errno Bind(KernelHandle handle, Address address)
    {
        const int Tries = 20, PauseMs = 10;
        for (int i = 0; ; i++)
        {
            if (Libc.Bind(handle.Fd, &address, sizeof(Address)) == 0) return Errno.None;
            Errno errno = Libc.LastErrno;
            if (errno != Errno.EBUSY || i == Tries) return errno;
            Thread.Sleep(PauseMs);
        }
    }

    private static XskRing<T> Map<T>(KernelHandle handle, string subject, long pages, in XskRingOffsets offsets, int size)
        where T : unmanaged
    {
        Errno errno = XskRing<T>.TryMap(handle, pages, offsets, size, out XskRing<T>? ring);
        return errno == Errno.None ? ring! : throw Refuse(subject, "map a ring", "mmap", errno);
    }

    private static void SetSize(KernelHandle handle, string subject, int option, string name, int size) => Set(handle, subject, option, name, &size, sizeof(int));

    private static void Set(KernelHandle handle, string subject, int option, string name, void* value, int length)
    {
        if (Libc.SetSocketOption(handle.Fd, Libc.SolXdp, option, value, length) != 0) throw Refuse(subject, "set it up", $"setsockopt({name})", Libc.LastErrno);
    }

    private static void CheckSize(int size, bool mayBeNone)
    {
        if (size < 0 || (size == 0 && !mayBeNone) || (size > 0 && !BitOperations.IsPow2(size))) throw new ArgumentOutOfRangeException(nameof(size), size, "ring sizes are powers of two");
    }

    private static KernelException Refuse(string subject, string tried, string call, Errno errno) =>
        Refusal.Make(NetworkCodes.Xsk, subject, tried, call, errno, [.. s_meanings.Where(row => row.Item1 == errno).Select(row => row.Item2)]);

    // What was made so far, to be undone when a later step fails
    private struct Parts
    {
        internal required KernelHandle Handle;
        internal XskRing<ulong>? Fill, Completion;
        internal XskRing<XskDescriptor>? Receive, Transmit;

        internal readonly void Dispose()
        {
            Handle.Dispose();
            Fill?.Dispose();
            Completion?.Dispose();
            Receive?.Dispose();
            Transmit?.Dispose();
        }
    }

    // struct xdp_umem_reg, without the transmit metadata of kernel 6.8
    [StructLayout(LayoutKind.Sequential)]
    private struct Registration
    {
        internal ulong Address, Length;
        internal uint ChunkSize, Headroom;
        private readonly uint _flags, _padding;
    }

    // struct sockaddr_xdp
    [StructLayout(LayoutKind.Sequential)]
    private struct Address
    {
        internal ushort Family, Flags;
        internal uint InterfaceIndex, QueueId, SharedMemoryFd;
    }
}
