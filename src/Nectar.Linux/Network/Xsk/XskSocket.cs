// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Network.Xsk;

/// <summary>
/// An AF_XDP socket: packets of one queue of an interface, in memory that is shared with the kernel. An XDP program hands it packets
/// through a map (<see cref="XskRedirect"/> does that for all packets of a queue). Receiving and sending may be done by two threads;
/// two threads must not both receive or both send. No call here allocates.
/// </summary>
public sealed unsafe class XskSocket : IDisposable
{
    private const int Batch = 64;

    private readonly XskRing<XskDescriptor>? _receive, _transmit;
    private int _isDisposed;

    private XskSocket(KernelHandle handle, XskUmem memory, int interfaceIndex, int queueId, XskRing<XskDescriptor>? receive, XskRing<XskDescriptor>? transmit, XskQueue queue)
    {
        Handle = handle;
        Memory = memory;
        InterfaceIndex = interfaceIndex;
        QueueId = queueId;
        _receive = receive;
        _transmit = transmit;
        Queue = queue;
    }

    /// <summary>The descriptor; owned by this object.</summary>
    public KernelHandle Handle { get; }

    /// <summary>The memory of the packets.</summary>
    public XskUmem Memory { get; }

    /// <summary>The interface.</summary>
    public int InterfaceIndex { get; }

    /// <summary>The queue of the interface.</summary>
    public int QueueId { get; }

    /// <summary>True if packets are not copied between the driver and <see cref="Memory"/>.</summary>
    public bool IsZeroCopy
    {
        get
        {
            const int Options = 8;
            uint flags = 0;
            int length = sizeof(uint);
            return Libc.GetSocketOption(Handle.Fd, Libc.SolXdp, Options, &flags, &length) == 0 && (flags & 1) != 0;
        }
    }

    internal XskQueue Queue { get; }

    /// <summary>Opens a socket on a queue of an interface. Several sockets on one memory share it.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">The kernel refuses (NEC4211), or the interface is not there (NEC4201).</exception>
    public static XskSocket Open(XskUmem memory, string interfaceName, int queue = 0) => XskOpening.Open(memory, NetworkInterfaces.IndexOf(interfaceName), queue, new XskOptions());

    /// <inheritdoc cref="Open(XskUmem, string, int)"/>
    public static XskSocket Open(XskUmem memory, string interfaceName, int queue, XskOptions options) => XskOpening.Open(memory, NetworkInterfaces.IndexOf(interfaceName), queue, options);

    internal static XskSocket Make(KernelHandle handle, XskUmem memory, int interfaceIndex, int queueId, XskRing<XskDescriptor>? receive, XskRing<XskDescriptor>? transmit, XskQueue queue) =>
        new(handle, memory, interfaceIndex, queueId, receive, transmit, queue);

    /// <summary>Shows the packets that have arrived, one after the other, and gives their frames back to the kernel.</summary>
    /// <param name="handler">Called for each packet, or piece of one.</param>
    /// <param name="limit">The most packets.</param>
    /// <returns>How many there were.</returns>
    public int Receive(XskPacketHandler handler, int limit = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Span<XskDescriptor> descriptors = stackalloc XskDescriptor[Batch];
        Span<ulong> frames = stackalloc ulong[Batch];
        int total = 0;
        while (total < limit)
        {
            int count = Take(descriptors[..Math.Min(Batch, limit - total)]);
            if (count == 0) break;
            for (int i = 0; i < count; i++)
            {
                frames[i] = Memory.FrameOf(descriptors[i].Address);
            }

            try
            {
                for (int i = 0; i < count; i++) handler(Memory[descriptors[i]]);
            }
            finally
            {
                GiveBack(frames[..count]); // also when the handler throws: frames must not get lost
            }

            total += count;
        }

        return total;
    }

    /// <summary>Takes packets that have arrived. Their frames are the caller's, until given to <see cref="GiveBack"/> or sent.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="InvalidOperationException">The socket was opened without a receive ring.</exception>
    public int Take(Span<XskDescriptor> descriptors) => (_receive ?? throw new InvalidOperationException("this socket only sends")).Consume(descriptors);

    /// <summary>Gives frames to the kernel for what arrives next; frames that the fill ring has no room for become free.</summary>
    public void GiveBack(ReadOnlySpan<ulong> frames)
    {
        int given = Queue.Fill(frames);
        if (given < frames.Length) Memory.Return(frames[given..]);
        if (Queue.MustWakeForFill) _ = Libc.ReceiveFrom(Handle.Fd, null, 0, Libc.MsgDontWait, null, null); // a wake-up; its result says nothing
    }

    /// <summary>Copies a packet into a free frame and queues it; <see cref="Flush"/> sends what is queued.</summary>
    /// <returns>False if there is no free frame or no room in the ring: call <see cref="Flush"/> and try again.</returns>
    public bool TrySend(ReadOnlySpan<byte> packet)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(packet.Length, Memory.FrameSize, nameof(packet));
        Span<ulong> frame = stackalloc ulong[1];
        if (Memory.Rent(frame) == 0 && (Reclaim() == 0 || Memory.Rent(frame) == 0)) return false;
        XskDescriptor descriptor = new(frame[0], (uint)packet.Length);
        packet.CopyTo(Memory[descriptor]);
        if (Queued(new ReadOnlySpan<XskDescriptor>(in descriptor)) == 1) return true;
        Memory.Return(frame);
        return false;
    }

    /// <summary>Queues packets whose frames are the caller's: taken with <see cref="Take"/> or rented. They become free once they are sent.</summary>
    /// <returns>How many there was room for; the rest are still the caller's.</returns>
    public int Queued(ReadOnlySpan<XskDescriptor> descriptors) => (_transmit ?? throw new InvalidOperationException("this socket only receives")).Produce(descriptors);

    /// <summary>Wakes the kernel for what is queued, if it sleeps, and frees what has been sent.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">The interface is down or gone (NEC4211).</exception>
    public void Flush()
    {
        if (_transmit is { MustWake: true } && Libc.SendTo(Handle.Fd, null, 0, Libc.MsgDontWait, null, 0) < 0)
        {
            Errno errno = Libc.LastErrno;
            // Busy, or out of memory for this moment: what is queued stays queued
            if (errno is not (Errno.EAGAIN or Errno.EBUSY or Errno.ENOBUFS)) throw Refuse("send", "sendto", errno);
        }

        _ = Reclaim();
    }

    /// <summary>Frees the frames of packets that have been sent.</summary>
    /// <returns>How many there were.</returns>
    public int Reclaim()
    {
        Span<ulong> frames = stackalloc ulong[Batch];
        int total = 0;
        for (int count; (count = Queue.Complete(frames)) > 0; total += count) Memory.Return(frames[..count]);
        return total;
    }

    /// <summary>Waits until packets have arrived, or there is room to send.</summary>
    /// <param name="timeoutMs">The longest time; -1 for no limit.</param>
    /// <param name="forRoom">True to wait for room to send.</param>
    /// <returns>False if the time passed, or a signal came.</returns>
    /// <exception cref="Bpf.Diagnostics.KernelException">The interface has gone (NEC4211).</exception>
    public bool Wait(int timeoutMs, bool forRoom = false)
    {
        const int Slice = 1000; // the kernel does not end the wait when the interface goes away, so it is looked at now and then
        while (true)
        {
            int slice = timeoutMs < 0 ? Slice : Math.Min(timeoutMs, Slice);
            bool isReady = Descriptors.Wait(Handle.Fd, forRoom ? Libc.PollOut : Libc.PollIn, slice, out Errno errno);
            GC.KeepAlive(Handle);
            if (isReady) return true;
            if (errno == Errno.EINTR) return false;
            if (errno != Errno.None) throw Refuse("wait", "poll", errno);

            if (Libc.ReceiveFrom(Handle.Fd, null, 0, Libc.MsgDontWait, null, null) < 0 && Libc.LastErrno is Errno.ENETDOWN or Errno.ENXIO) throw Refuse("wait", "recvfrom", Libc.LastErrno, "note: the interface went down or away");
            if (timeoutMs >= 0 && (timeoutMs -= slice) <= 0) return false;
        }
    }

    /// <summary>What the kernel counted, drops among it.</summary>
    public XskStatistics GetStatistics()
    {
        const int Statistics = 7;
        XskStatistics statistics = default;
        int length = sizeof(XskStatistics);
        if (Libc.GetSocketOption(Handle.Fd, Libc.SolXdp, Statistics, &statistics, &length) != 0) throw Refuse("read its statistics", "getsockopt(XDP_STATISTICS)", Libc.LastErrno);
        return statistics;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        Handle.Dispose();
        _receive?.Dispose();
        _transmit?.Dispose();
        Queue.Release();
        Memory.Remove(this);
    }

    private Bpf.Diagnostics.KernelException Refuse(string tried, string call, Errno errno, params ReadOnlySpan<string> notes) =>
        Refusal.Make(NetworkCodes.Xsk, $"AF_XDP socket on queue {QueueId} of interface {InterfaceIndex}", tried, call, errno, notes);
}
