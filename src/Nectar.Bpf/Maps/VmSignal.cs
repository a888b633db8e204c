// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>What a reader in this process waits on, and programs of this process wake.</summary>
internal sealed class VmSignal
{
    private readonly SemaphoreSlim _semaphore = new(0, 1);
    private Action? _onWake;
    private int _signalled, _interrupted;

    internal void Wake()
    {
        if (Interlocked.Exchange(ref _signalled, 1) == 0) _semaphore.Release();
        Volatile.Read(ref _onWake)?.Invoke();
    }

    internal void Interrupt()
    {
        Volatile.Write(ref _interrupted, 1);
        Wake();
    }

    internal void OnWake(Action? wake) => Volatile.Write(ref _onWake, wake);

    internal bool Wait(long timeoutNs, CancellationToken cancellation) => Woken(_semaphore.Wait(Milliseconds(timeoutNs), cancellation));

    internal async ValueTask<bool> WaitAsync(long timeoutNs, CancellationToken cancellation) =>
        Woken(await _semaphore.WaitAsync(Milliseconds(timeoutNs), cancellation).ConfigureAwait(false));

    private bool Woken(bool signal)
    {
        if (signal) Interlocked.Exchange(ref _signalled, 0);
        return Interlocked.Exchange(ref _interrupted, 0) == 0 && signal;
    }

    private static int Milliseconds(long nanoseconds) => nanoseconds < 0 ? -1 : (int)Math.Min(int.MaxValue, (nanoseconds + 999_999) / 1_000_000);
}
