// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>The buffers of a perf event array of this process, while they have a reader.</summary>
internal sealed class VmPerfMemory : PerfMemory
{
    private readonly VmPerfEventArray _array;
    private readonly VmPerfRing[] _buffers;
    private readonly PerfRing[] _rings;
    private readonly VmSignal _signal = new();

    internal VmPerfMemory(VmPerfEventArray array, VmPerfRing[] buffers)
    {
        _array = array;
        _buffers = buffers;
        _rings = Array.ConvertAll(buffers, b => b.Reading);
        array.Retain();
    }

    internal override ReadOnlySpan<PerfRing> Rings => _rings;

    internal bool IsPaused { get; private set; }

    internal override long CountLost(PerfRing ring) => _buffers[ring.Cpu].Lost;

    internal override void Pause(bool isPaused) => IsPaused = isPaused;

    internal override int Refresh() => 0;

    internal override bool Wait(long timeoutNs, CancellationToken cancellation) => _signal.Wait(timeoutNs, cancellation);

    internal override ValueTask<bool> WaitAsync(long timeoutNs, CancellationToken cancellation) => _signal.WaitAsync(timeoutNs, cancellation);

    internal override void Interrupt() => _signal.Interrupt();

    internal override void OnWake(Action? wake) => _signal.OnWake(wake);

    /// <summary>Called by programs.</summary>
    internal void Wake() => _signal.Wake();

    public override void Dispose() => _array.Release();
}
