// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>A ring that user space writes and programs read (<see cref="Bpf.UserRingbufDrain"/>). Kernel 6.1.</summary>
/// <param name="byteSize">Bytes of the ring: a power of two, at least a page.</param>
[MapType(31)]
public sealed class UserRingBuffer([MaxEntries] int byteSize) : Map(MapType.UserRingBuf, 0, 0, byteSize)
{
    private UserRingBufferWriter? _writer;

    /// <summary>For user space: the ring's one writer.</summary>
    public UserRingBufferWriter Writer => _writer ??= new UserRingBufferWriter(Live);

    private protected override void Leave()
    {
        _writer?.Dispose();
        _writer = null;
    }
}
