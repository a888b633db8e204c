// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.States;

/// <summary>What has to be given back.</summary>
internal enum ReferenceKind : byte
{
    /// <summary>An object: socket, record, task, allocation.</summary>
    Object,

    /// <summary>A spin lock.</summary>
    Lock,

    /// <summary>A resilient spin lock.</summary>
    ResilientLock,

    /// <summary>A resilient spin lock that also turned interrupts off.</summary>
    ResilientIrqLock,

    /// <summary>Interrupts that were turned off.</summary>
    Irq,
}

/// <summary>Something that the program holds and has to give back before it ends.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Its number: registers with this <see cref="RegisterState.ReferenceId"/> hold it. For locks the id of the pointer.</param>
/// <param name="Slot">The slot of the call that gave it.</param>
/// <param name="Owner">For locks what they lie in: the map's index, or the id of the allocation below zero.</param>
internal readonly record struct Reference(ReferenceKind Kind, int Id, int Slot, int Owner = 0);
