// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Network.Xsk;

/// <summary>
/// The fill and completion rings of one queue of an interface: where the kernel gets frames for what arrives, and where it gives
/// back frames that were sent. Sockets on the same queue share them, so their uses take turns.
/// </summary>
internal sealed class XskQueue(XskRing<ulong> fill, XskRing<ulong> completion, int fillSize)
{
    private readonly Lock _lock = new();
    private int _users = 1;

    internal bool MustWakeForFill
    {
        get
        {
            lock (_lock) return fill.MustWake;
        }
    }

    internal void AddUser()
    {
        lock (_lock) _users++;
    }

    internal int Fill(ReadOnlySpan<ulong> frames)
    {
        lock (_lock) return fill.Produce(frames);
    }

    /// <summary>Fills the ring with frames that are free.</summary>
    internal void Refill(XskUmem memory)
    {
        lock (_lock)
        {
            Span<ulong> frames = stackalloc ulong[64];
            for (int left = Math.Min(fill.Room, fillSize); left > 0;)
            {
                int count = memory.Rent(frames[..Math.Min(left, frames.Length)]);
                if (count == 0) return;
                _ = fill.Produce(frames[..count]); // there is room, and only holders of the lock take it
                left -= count;
            }
        }
    }

    internal int Complete(Span<ulong> frames)
    {
        lock (_lock) return completion.Consume(frames);
    }

    internal void Release()
    {
        lock (_lock)
        {
            if (--_users > 0) return;
            fill.Dispose();
            completion.Dispose();
        }
    }
}
