// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>One record that a reader holds until <see cref="Dispose"/>; its memory is the ring's own, which producers get back then.</summary>
public ref struct RingLease : IDisposable
{
    private RingBufferReader? _reader;
    private readonly ulong _next;

    internal RingLease(RingBufferReader reader, ReadOnlySpan<byte> record, ulong next)
    {
        _reader = reader;
        Record = record;
        _next = next;
    }

    /// <summary>The record; not to be used after <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> Record { get; }

    /// <summary>Gives the record's memory back; the next record can be read.</summary>
    public void Dispose()
    {
        _reader?.EndLease(_next);
        _reader = null;
    }
}
