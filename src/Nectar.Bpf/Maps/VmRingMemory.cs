// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>The memory of a ring of this process. One for each ring: <see cref="VmRingBuffer.Open"/> sees to that.</summary>
internal sealed unsafe class VmRingMemory : RingMemory
{
    private readonly VmRingBuffer _ring;
    private readonly VmMap _owner;
    private readonly VmSignal _signal = new();

    /// <param name="ring">The ring.</param>
    /// <param name="owner">The map that keeps it alive; the ring itself, or the user ring buffer around it.</param>
    internal VmRingMemory(VmRingBuffer ring, VmMap owner)
    {
        _ring = ring;
        _owner = owner;
        Consumer = ring.ConsumerAddress;
        Producer = ring.ProducerAddress;
        Data = ring.DataAddress;
        Capacity = ring.Capacity;
        owner.Retain();
    }

    internal override long Lost => _ring.Lost;

    internal override bool Wait(long timeoutNs, CancellationToken cancellation) => _signal.Wait(timeoutNs, cancellation);

    internal override ValueTask<bool> WaitAsync(long timeoutNs, CancellationToken cancellation) => _signal.WaitAsync(timeoutNs, cancellation);

    internal override void Interrupt() => _signal.Interrupt();

    internal override void OnWake(Action? wake) => _signal.OnWake(wake);

    /// <summary>Called by the other side.</summary>
    internal void Wake() => _signal.Wake();

    public override void Dispose()
    {
        _ring.Detach(this);
        _owner.Release();
    }
}
