// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;

namespace Nectar.Probes;

// The array as user space sees it: a source of events.
public sealed unsafe partial class PerfEventArray<T>
{
    private const int BytesPerCpu = 64 * 1024;
    private PerfBufferReader? _reader;

    /// <summary>For user space: the buffers' one reader, with everything that it can do. Programs can send from its first use on: 64 KiB for each processor.</summary>
    public PerfBufferReader Reader => _reader ??= new PerfBufferReader(Live, BytesPerCpu);

    /// <summary>For user space: gives records as they come, until cancelled. Shorter ones are passed over.</summary>
    public IAsyncEnumerable<T> ReadAsync(CancellationToken cancellation = default) => ReadAsync(Reader, cancellation);

    private protected override void Leave()
    {
        _reader?.Dispose();
        _reader = null;
    }

    private static async IAsyncEnumerable<T> ReadAsync(PerfBufferReader reader, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (PerfSample sample in reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            if (MemoryMarshal.TryRead(sample.Data.Span, out T record)) yield return record;
        }
    }
}
