// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Maps;

/// <summary>
/// Lets one call at a time use native memory, and lets another thread dispose of it meanwhile: whoever leaves last frees it.
/// </summary>
internal struct UseGate
{
    private const int InUse = 1, Closed = 2;
    private int _state;

    /// <summary>True from the first <see cref="Close"/> on.</summary>
    internal readonly bool IsClosed => (Volatile.Read(in _state) & Closed) != 0;

    /// <summary>Begins a use.</summary>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    /// <exception cref="InvalidOperationException">Another call is inside.</exception>
    internal void Enter(string owner)
    {
        int state = Interlocked.CompareExchange(ref _state, InUse, 0);
        if (state != 0) Refuse(state, owner);
    }

    /// <summary>Begins a use if nobody is inside and it is open.</summary>
    internal bool TryEnter() => Interlocked.CompareExchange(ref _state, InUse, 0) == 0;

    /// <summary>Ends a use. True: it was closed meanwhile, and the caller is the one who frees.</summary>
    internal bool Exit() => Interlocked.CompareExchange(ref _state, 0, InUse) != InUse;

    /// <summary>Closes for good.</summary>
    /// <param name="isInUse">True if somebody is inside, who will free on leaving and may have to be woken.</param>
    /// <returns>True if the caller is the one who frees.</returns>
    internal bool Close(out bool isInUse)
    {
        int state = Interlocked.Or(ref _state, Closed);
        isInUse = state == InUse;
        return state == 0;
    }

    private static void Refuse(int state, string owner)
    {
        if ((state & Closed) != 0) throw new ObjectDisposedException(owner);
        throw new InvalidOperationException($"{owner} is being used by another call");
    }
}
