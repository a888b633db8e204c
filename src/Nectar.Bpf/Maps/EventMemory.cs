// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>Memory that programs and one user of this process share, as a host gives it, with a way to wait for the programs.</summary>
internal abstract class EventMemory : IDisposable
{
    /// <summary>A descriptor that the kernel makes ready with the memory; -1 where the host has none.</summary>
    internal virtual int Descriptor => -1;

    /// <summary>Nanoseconds of processor time that the calling thread has used; -1 where the host cannot tell.</summary>
    internal virtual long ThreadTime => -1;

    /// <summary>Waits until the other side wakes this one; a wake-up that came before counts.</summary>
    /// <param name="timeoutNs">Nanoseconds, rounded up to what the host can; negative: for ever.</param>
    /// <param name="cancellation">Ends the wait with an exception.</param>
    /// <returns>False after the time, and after <see cref="Interrupt"/>.</returns>
    internal abstract bool Wait(long timeoutNs, CancellationToken cancellation);

    /// <summary>As <see cref="Wait"/>, without a thread.</summary>
    internal abstract ValueTask<bool> WaitAsync(long timeoutNs, CancellationToken cancellation);

    /// <summary>Ends the wait that is under way, or the next one. Allowed at any time, also after <see cref="Dispose"/>.</summary>
    internal abstract void Interrupt();

    /// <summary>Calls something at each wake-up, for hosts without <see cref="Descriptor"/>; null to stop.</summary>
    internal virtual void OnWake(Action? wake)
    {
    }

    /// <summary>Gives the memory back; nobody uses it any more.</summary>
    public abstract void Dispose();
}
