// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Planning;

/// <summary>Why something is missing in the results; an index into the variable <c>losses</c> (u64 each) of the object.</summary>
internal enum LossCause : byte
{
    /// <summary>The ring buffer was full: a record was not sent.</summary>
    RingFull,
    /// <summary>A map was full: a value was not kept.</summary>
    MapFull,
    /// <summary>The kernel had no memory for a new element just then: a value was not kept.</summary>
    MapWithoutMemory,
    /// <summary>Another processor, or what this one was doing before, held the map: a value was not kept.</summary>
    MapBusy,
    /// <summary>Memory could not be read.</summary>
    ReadFailed,
    /// <summary>Text or bytes were longer than what is kept of them, and the value does not show it.</summary>
    TextCut,
    /// <summary>Text was longer than what is kept of it; the value ends with the trailer (<c>str_trunc_trailer</c>).</summary>
    TextMarked,
    /// <summary>A stack could not be recorded.</summary>
    StackLost,
    /// <summary>Other helpers that failed.</summary>
    HelperFailed,
}
