// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm;

/// <summary>What is known about a memory access before the program runs.</summary>
internal enum AccessKind : byte
{
    /// <summary>No memory access.</summary>
    None,

    /// <summary>Nothing: test it when it happens (checked) or trust it (trusted).</summary>
    Unknown,

    /// <summary>Inside the current stack frame for certain: needs no test.</summary>
    Stack,

    /// <summary>A plain field of the context, inside it for certain: needs no test.</summary>
    Context,

    /// <summary>Inside memory that the program may access, and that lives as long as the run, for certain: needs no test.</summary>
    Proved,

    /// <summary>The context field that stands for the packet's start: load <see cref="VmState.PacketStart"/>.</summary>
    PacketStart,

    /// <summary>The context field that stands for the packet's end: load <see cref="VmState.PacketEnd"/>.</summary>
    PacketEnd,

    /// <summary>The context field that stands for the start of metadata: load <see cref="VmState.PacketMeta"/>.</summary>
    PacketMeta,
}
