// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Capture.Pcap;

/// <summary>Reads the records of one file format. Wrong input ends the reading with one diagnostic; it never throws.</summary>
internal abstract unsafe class RecordReader(CaptureWindow window, bool swapped)
{
    /// <summary>The longest packet or block that is believed, as in libpcap for the link types with the longest packets.</summary>
    public const uint MaximumLength = 128 << 20;

    protected CaptureWindow Window { get; } = window;

    /// <summary>True if the numbers of the file are in the other byte order than this machine's.</summary>
    public bool Swapped { get; protected set; } = swapped;

    /// <summary>The record or block that is being read, from 1.</summary>
    public long RecordNumber { get; protected set; }

    public abstract CaptureFormat Format { get; }

    public List<CaptureInterface> Interfaces { get; } = [];

    public DiagnosticBag Diagnostics { get; } = new();

    /// <summary>Reads the next packet; false at the end and after an error.</summary>
    public abstract bool TryRead(out CaptureRecord record);

    /// <summary>True if the next read needs no bytes that would move those already handed out.</summary>
    public abstract bool IsNextInMemory { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected uint Word(byte* address)
    {
        uint value = Unsafe.ReadUnaligned<uint>(address);
        return Swapped ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected ushort Half(byte* address)
    {
        ushort value = Unsafe.ReadUnaligned<ushort>(address);
        return Swapped ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    /// <summary>Reports what is wrong with the current record, and where it starts.</summary>
    protected bool Fail(DiagnosticCode code, string message, params ReadOnlySpan<string> notes) => Fail(code, Window.Offset, message, notes);

    protected bool Fail(DiagnosticCode code, long offset, string message, params ReadOnlySpan<string> notes)
    {
        string unit = Format == CaptureFormat.PcapNg ? "block" : "packet";
        Diagnostics.Error(code, $"{unit} {RecordNumber} at offset 0x{offset:x}: {message}", notes);
        return false;
    }
}
