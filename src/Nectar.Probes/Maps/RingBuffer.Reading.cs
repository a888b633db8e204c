// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;

namespace Nectar.Probes;

// The ring as user space sees it: a source of events.
public sealed unsafe partial class RingBuffer<T>
{
    private Nectar.Bpf.Maps.RingBuffer<T>? _reader;

    /// <summary>For user space: the ring's one reader, with everything that it can do.</summary>
    public Nectar.Bpf.Maps.RingBuffer<T> Reader => _reader ??= new Nectar.Bpf.Maps.RingBuffer<T>(Live);

    /// <summary>For user space: gives records as they come, until cancelled: <c>await foreach (T e in probe.Events.ReadAsync(stop))</c>.</summary>
    public IAsyncEnumerable<T> ReadAsync(CancellationToken cancellation = default) => Reader.ReadAllAsync(cancellation);

    /// <summary>For user space: takes the records that are ready.</summary>
    public T[] ReadAll()
    {
        List<T> records = [];
        Reader.Read((ref readonly T record) => records.Add(record));
        return [.. records];
    }

    private protected override void Leave()
    {
        _reader?.Dispose();
        _reader = null;
    }
}
