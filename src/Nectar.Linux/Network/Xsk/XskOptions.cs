// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Network.Xsk;

/// <summary>How packets get between the driver and the socket's memory.</summary>
public enum XskMode
{
    /// <summary>Without a copy if the driver can, else with one; <see cref="XskSocket.IsZeroCopy"/> tells.</summary>
    Automatic = 0,

    /// <summary>With a copy; works on every interface (<c>XDP_COPY</c>).</summary>
    Copy = 2,

    /// <summary>Without a copy, or not at all (<c>XDP_ZEROCOPY</c>).</summary>
    ZeroCopy = 4,
}

/// <summary>How an AF_XDP socket is made.</summary>
public readonly record struct XskOptions
{
    /// <summary>Makes the defaults.</summary>
    public XskOptions()
    {
    }

    /// <summary>With or without copies.</summary>
    public XskMode Mode { get; init; }

    /// <summary>Descriptors of the receive ring, a power of two; 0 for a socket that only sends.</summary>
    public int ReceiveRingSize { get; init; } = 2048;

    /// <summary>Descriptors of the transmit ring, a power of two; 0 for a socket that only receives.</summary>
    public int TransmitRingSize { get; init; } = 2048;

    /// <summary>Addresses of the fill ring, a power of two.</summary>
    public int FillRingSize { get; init; } = 2048;

    /// <summary>Addresses of the completion ring, a power of two.</summary>
    public int CompletionRingSize { get; init; } = 2048;

    /// <summary>Let the kernel say when it must be woken (kernel 5.4), which saves system calls while it is busy.</summary>
    public bool NeedWakeup { get; init; } = true;

    /// <summary>Accept packets of several buffers (kernel 6.6); each descriptor but the last then has <see cref="XskDescriptor.Continues"/>.</summary>
    public bool MultiBuffer { get; init; }
}

/// <summary>A packet, or a piece of one, in the memory of the socket: <c>struct xdp_desc</c>.</summary>
/// <param name="Address">Offset of the first byte in the memory.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Options">Flags of the kernel.</param>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential)]
public readonly record struct XskDescriptor(ulong Address, uint Length, uint Options = 0)
{
    /// <summary>True if the packet goes on in the next descriptor.</summary>
    public bool Continues => (Options & 1) != 0;
}

/// <summary>What the kernel counted on a socket: <c>struct xdp_statistics</c>.</summary>
/// <param name="ReceiveDropped">Packets dropped for other reasons than the following.</param>
/// <param name="ReceiveInvalid">Fill ring entries that were no valid addresses.</param>
/// <param name="TransmitInvalid">Transmit descriptors that were not valid.</param>
/// <param name="ReceiveRingFull">Packets dropped because the receive ring was full.</param>
/// <param name="FillRingEmpty">Packets that found no memory in the fill ring.</param>
/// <param name="TransmitRingEmpty">Times the kernel found nothing to send.</param>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Sequential)]
public readonly record struct XskStatistics(ulong ReceiveDropped, ulong ReceiveInvalid, ulong TransmitInvalid, ulong ReceiveRingFull, ulong FillRingEmpty, ulong TransmitRingEmpty);

/// <summary>Sees a received packet in place. The bytes may be changed; they are valid only during the call.</summary>
public delegate void XskPacketHandler(Span<byte> packet);
