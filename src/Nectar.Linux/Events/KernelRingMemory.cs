// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Events;

/// <summary>
/// The memory of a ring buffer of the kernel, or of a user ring buffer: one page with the consumer's position, one with the
/// producer's, then the data, which the kernel maps twice in a row. What the user side only reads is mapped for reading only.
/// </summary>
internal sealed unsafe class KernelRingMemory : RingMemory
{
    private const uint OverwriteFlag = 1u << 19; // BPF_F_RB_OVERWRITE: such a ring is read with a third position

    private readonly KernelHandle _map;
    private readonly RingClaim _claim;
    private readonly WaitSet _waits;
    private readonly AsyncWait _async;
    private nint _first, _second;
    private nuint _firstSize, _secondSize;

    private KernelRingMemory(KernelHandle map, RingClaim claim, uint events)
    {
        _map = map;
        _claim = claim;
        _waits = new WaitSet();
        _async = new AsyncWait(_waits);
        try
        {
            _waits.Add(map.Fd, 0, events | WaitSet.EdgeTriggered);
        }
        catch
        {
            _waits.Dispose();
            throw;
        }
    }

    internal override int Descriptor => _waits.Fd;

    internal override long Lost => -1;

    internal override long ThreadTime => WaitSet.ThreadTime;

    /// <summary>Maps a ring for its one reader.</summary>
    /// <exception cref="KernelException">The kernel refuses, or another process reads the ring (NEC4301).</exception>
    internal static KernelRingMemory OpenForReading(KernelMap map)
    {
        if (((uint)map.Definition.Flags & OverwriteFlag) != 0)
        {
            throw new KernelException(Diagnostic.Error(EventCodes.Ring, $"map '{map.Name}': read it: it is a ring that programs write over (BPF_F_RB_OVERWRITE), which has no reader that follows it", "help: create the ring without that flag"), Errno.EOPNOTSUPP, "mmap", map.Name);
        }

        return Open(map, WaitSet.In, isUserRing: false);
    }

    /// <summary>Maps a user ring buffer for its one writer.</summary>
    /// <exception cref="KernelException">The kernel refuses, or another process writes to it (NEC4301).</exception>
    internal static KernelRingMemory OpenForWriting(KernelMap map) => Open(map, WaitSet.Out, isUserRing: true);

    private static KernelRingMemory Open(KernelMap map, uint events, bool isUserRing)
    {
        RingClaim claim = RingClaim.Take(map);
        KernelHandle? handle = null;
        try
        {
            handle = map.Handle.Duplicate(); // the reader may outlive the map's object
            uint size = map.GetInfo().MaxEntries;
            nuint page = (nuint)Environment.SystemPageSize, large = page + (2 * (nuint)size);
            KernelRingMemory memory = new(handle, claim, events) { Capacity = size };
            try
            {
                memory.Map(map.Name, page, large, isUserRing);
                return memory;
            }
            catch
            {
                memory.Release();
                throw;
            }
        }
        catch
        {
            handle?.Dispose();
            claim.Dispose();
            throw;
        }
    }

    internal override bool Wait(long timeoutNs, CancellationToken cancellation)
    {
        if (!cancellation.CanBeCanceled) return _waits.Wait(timeoutNs, default, out _);
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(static waits => ((WaitSet)waits!).Interrupt(), _waits);
        bool woken = _waits.Wait(timeoutNs, default, out _);
        cancellation.ThrowIfCancellationRequested();
        return woken;
    }

    internal override ValueTask<bool> WaitAsync(long timeoutNs, CancellationToken cancellation) => _async.WaitAsync(timeoutNs, cancellation);

    internal override void Interrupt() => _waits.Interrupt();

    public override void Dispose()
    {
        Release();
        _map.Dispose();
        _claim.Dispose();
    }

    private void Map(string name, nuint page, nuint large, bool isUserRing)
    {
        // consumer's page: the reader of a ring writes it; producer's page and data: the writer of a user ring writes them
        _firstSize = page;
        _first = Libc.Mmap(0, page, Libc.ProtRead | (isUserRing ? 0 : Libc.ProtWrite), Libc.MapShared, _map.Fd, 0);
        if (_first == Libc.MapFailed) throw Refuse(name, ref _first);
        _secondSize = large;
        _second = Libc.Mmap(0, large, Libc.ProtRead | (isUserRing ? Libc.ProtWrite : 0), Libc.MapShared, _map.Fd, (long)page);
        if (_second == Libc.MapFailed) throw Refuse(name, ref _second);
        Consumer = (ulong*)_first;
        Producer = (ulong*)_second;
        Data = (byte*)_second + page;
    }

    private static KernelException Refuse(string name, ref nint address)
    {
        Errno errno = Libc.LastErrno;
        address = 0;
        return Refusal.Make(EventCodes.Ring, $"map '{name}'", "map its memory", "mmap", errno);
    }

    private void Release()
    {
        _async.Dispose();
        _waits.Dispose();
        if (_first != 0) _ = Libc.Munmap(_first, _firstSize);
        if (_second != 0) _ = Libc.Munmap(_second, _secondSize);
        _first = _second = 0;
    }
}
