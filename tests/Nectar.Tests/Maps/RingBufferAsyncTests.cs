// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Xunit;

namespace Nectar.Tests.Maps;

public sealed class RingBufferAsyncTests
{
    [Fact]
    public async Task ReadAllAsync_RecordsFromAnotherThread_ComeInOrder()
    {
        using VmMap map = MapTestExtensions.Make(MapType.RingBuf, 0, 0, 4096);
        using RingBuffer<long> typed = new(map);
        Task writer = Task.Run(() =>
        {
            for (long i = 0; i < 1000; i++) Write((VmRingBuffer)map, i);
        });
        long expected = 0;
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        await foreach (long value in typed.ReadAllAsync(limit.Token))
        {
            Assert.Equal(expected++, value);
            if (expected == 1000) break;
        }

        await writer;
        Assert.Equal(1000, expected);
    }

    private static unsafe void Write(VmRingBuffer ring, long value)
    {
        while (ring.Output((byte*)&value, 8, 0) != 0) Thread.Yield();
    }
}
