// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Ir;

/// <summary>What a register holds. Narrower integers exist in memory only.</summary>
internal enum IrType : byte
{
    /// <summary>Nothing.</summary>
    Void,

    /// <summary>A 32-bit integer; also a truth value, 0 or 1.</summary>
    I32,

    /// <summary>A 64-bit integer.</summary>
    I64,

    /// <summary>An address; where it may point to is said by its origin.</summary>
    Pointer,
}

/// <summary>What memory an address points into: decides how it may be read and what may be passed on.</summary>
internal enum PointerOrigin : byte
{
    /// <summary>Not known (yet); read directly, the verifier judges.</summary>
    Unknown,

    /// <summary>The program's context: loads at constant offsets only.</summary>
    Context,

    /// <summary>The frame.</summary>
    Stack,

    /// <summary>The value of a map's element.</summary>
    MapValue,

    /// <summary>Packet bytes.</summary>
    Packet,

    /// <summary>The end of the packet.</summary>
    PacketEnd,

    /// <summary>A reserved record of a ring buffer, or other memory that a helper gave.</summary>
    Record,

    /// <summary>A writable global variable.</summary>
    Data,

    /// <summary>A constant.</summary>
    ReadOnlyData,

    /// <summary>A map itself.</summary>
    Map,

    /// <summary>A BTF pointer of the kernel: read directly.</summary>
    Trusted,

    /// <summary>An address in the kernel that is only a number to the verifier: read by <c>probe_read_kernel</c>.</summary>
    Kernel,

    /// <summary>An address in user space: read by <c>probe_read_user</c>.</summary>
    User,
}
