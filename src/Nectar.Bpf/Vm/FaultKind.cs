// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm;

/// <summary>Why a run ended early.</summary>
public enum FaultKind : uint
{
    /// <summary>It did not.</summary>
    None = 0,

    /// <summary>An access outside every region, or a write into a read-only one.</summary>
    Memory,

    /// <summary>The instruction budget is spent.</summary>
    Fuel,

    /// <summary>The wall-clock limit has passed.</summary>
    Deadline,

    /// <summary>More than eight nested calls.</summary>
    CallDepth,

    /// <summary>A helper got an argument that cannot be used: not a map, not a callback, memory outside every region.</summary>
    HelperArgument,

    /// <summary>A helper that is not allowed here, for example while a lock is held.</summary>
    Helper,

    /// <summary>An instruction that this host cannot run was reached.</summary>
    Instruction,

    /// <summary>The caller cancelled the run.</summary>
    Cancelled,

    /// <summary>The program ended itself with <c>bpf_throw</c>; its result is the cookie. Engines leave the program, the run is no failure.</summary>
    Thrown,
}
