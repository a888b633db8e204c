// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nectar.Probes;

public readonly unsafe ref partial struct XdpContext
{
    /// <summary>Copies bytes out of the packet, from whatever buffers. Kernel 5.18.</summary>
    /// <param name="offset">Bytes from the packet's start.</param>
    /// <param name="destination">Where to; its length is how much.</param>
    /// <returns>0, or a negative error number if the packet ends before.</returns>
    public long LoadBytes(uint offset, Span<byte> destination) => RawPacket.XdpLoadBytes(_md, offset, ref MemoryMarshal.GetReference(destination), (uint)destination.Length);

    /// <summary>Copies a value out of the packet, from whatever buffers. Kernel 5.18.</summary>
    /// <param name="offset">Bytes from the packet's start.</param>
    /// <param name="value">The value; zeros if the packet ends before.</param>
    public bool TryLoad<T>(uint offset, out T value)
        where T : unmanaged
    {
        value = default;
        return RawPacket.XdpLoadBytes(_md, offset, ref Unsafe.As<T, byte>(ref value), (uint)sizeof(T)) == 0;
    }

    /// <summary>Writes bytes into the packet, into whatever buffers. Kernel 5.18.</summary>
    /// <param name="offset">Bytes from the packet's start.</param>
    /// <param name="source">What.</param>
    /// <returns>0, or a negative error number if the packet ends before.</returns>
    public long StoreBytes(uint offset, ReadOnlySpan<byte> source) => RawPacket.XdpStoreBytes(_md, offset, ref MemoryMarshal.GetReference(source), (uint)source.Length);

    /// <summary>Writes a value into the packet, into whatever buffers. Kernel 5.18.</summary>
    /// <param name="offset">Bytes from the packet's start.</param>
    /// <param name="value">What.</param>
    /// <returns>0, or a negative error number if the packet ends before.</returns>
    public long StoreBytes<T>(uint offset, in T value)
        where T : unmanaged => RawPacket.XdpStoreBytes(_md, offset, ref Unsafe.As<T, byte>(ref Unsafe.AsRef(in value)), (uint)sizeof(T));

    /// <summary>Moves the packet's start: negative for room for headers, positive to cut them off. Kernel 4.10. Packets taken before are stale.</summary>
    /// <param name="difference">Bytes.</param>
    /// <returns>0, or a negative error number.</returns>
    public long AdjustHead(int difference) => RawXdp.AdjustHead(_md, difference);

    /// <summary>Moves the start of the metadata in front of the packet: negative for more room. Kernel 4.15. Packets taken before are stale.</summary>
    /// <param name="difference">Bytes, a multiple of 4.</param>
    /// <returns>0, or a negative error number.</returns>
    public long AdjustMeta(int difference) => RawXdp.AdjustMeta(_md, difference);

    /// <summary>Moves the packet's end: negative to cut, positive to grow (kernel 5.8). Kernel 4.18. Packets taken before are stale.</summary>
    /// <param name="difference">Bytes.</param>
    /// <returns>0, or a negative error number.</returns>
    public long AdjustTail(int difference) => RawXdp.AdjustTail(_md, difference);

    /// <summary>Bytes of the packet, in all its buffers. Kernel 5.18.</summary>
    public ulong GetLength() => RawXdp.GetLength(_md);
}
