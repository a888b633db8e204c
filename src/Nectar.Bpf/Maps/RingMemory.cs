// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>
/// A ring as its host gives it to the one who reads it (or, for a user ring buffer, to the one who writes it): addresses of the
/// positions and of the data, which can be read over its end. They stay valid until it is disposed.
/// </summary>
internal abstract unsafe class RingMemory : EventMemory
{
    internal const uint HeaderSize = 8;
    internal const uint BusyBit = 1u << 31;
    internal const uint DiscardBit = 1u << 30;
    internal const uint LengthMask = DiscardBit - 1;

    /// <summary>Where reading is, in bytes since the start.</summary>
    internal ulong* Consumer { get; set; }

    /// <summary>Where writing is, in bytes since the start.</summary>
    internal ulong* Producer { get; set; }

    /// <summary>The data; <see cref="Capacity"/> bytes, and as many again behind them, so that a record is always in one piece.</summary>
    internal byte* Data { get; set; }

    /// <summary>Bytes of data: a power of two.</summary>
    internal ulong Capacity { get; set; }

    /// <summary>Records that the host knows to be lost; -1 if it does not count them.</summary>
    internal abstract long Lost { get; }

    /// <summary>Bytes from one record to the next.</summary>
    internal static ulong Stride(uint header) => ((header & LengthMask) + (HeaderSize + 7ul)) & ~7ul;
}
