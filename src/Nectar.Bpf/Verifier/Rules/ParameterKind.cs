// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>What a helper takes at one place, apart from its <see cref="ParameterFlags"/> (the kernel's <c>enum bpf_arg_type</c>).</summary>
internal enum ParameterKind : byte
{
    /// <summary>Not used.</summary>
    None,

    /// <summary>Any initialised value; a pointer only where pointers may leak.</summary>
    Anything,

    /// <summary>A number.</summary>
    Scalar,

    /// <summary>The context of the program, unmodified.</summary>
    Context,

    /// <summary>The address of a map, constant on all paths.</summary>
    ConstMap,

    /// <summary>Memory of the key size of the map before.</summary>
    MapKey,

    /// <summary>Memory of the value size of the map before.</summary>
    MapValue,

    /// <summary>Memory; the next argument has its size, unless the size is fixed.</summary>
    Memory,

    /// <summary>The size of the memory before, at least 1.</summary>
    Size,

    /// <summary>The size of the memory before; 0 is allowed.</summary>
    SizeOrZero,

    /// <summary>The constant size of the memory that comes back.</summary>
    AllocationSize,

    /// <summary>A <c>bpf_spin_lock</c> in a map's value or an allocated object.</summary>
    SpinLock,

    /// <summary>A <c>bpf_timer</c> in a map's value.</summary>
    Timer,

    /// <summary>A slot for a kernel pointer in a map's value or an allocated object.</summary>
    KptrSlot,

    /// <summary>A socket of any kind, as programs see it.</summary>
    SocketCommon,

    /// <summary>A full socket, as programs see it.</summary>
    Socket,

    /// <summary>A socket of any kind, as programs see it or as the kernel's struct.</summary>
    BtfSocketCommon,

    /// <summary>A kernel object of a named type.</summary>
    BtfObject,

    /// <summary>A kernel object or variable with an instance per CPU.</summary>
    PerCpuBtfObject,

    /// <summary>A record that a ring buffer lent.</summary>
    RingRecord,

    /// <summary>A function of the program.</summary>
    Function,

    /// <summary>A pointer into the stack.</summary>
    Stack,

    /// <summary>A string in a read-only map, with its zero byte.</summary>
    ConstString,

    /// <summary>A dynptr on the stack.</summary>
    Dynptr,
}

/// <summary>What a parameter wants beside its kind (the kernel's <c>enum bpf_type_flag</c>).</summary>
[Flags]
internal enum ParameterFlags : ushort
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Null is allowed too.</summary>
    MaybeNull = 1,

    /// <summary>Only read: read-only memory will do.</summary>
    ReadOnly = 2,

    /// <summary>It need not be initialised before.</summary>
    Uninitialized = 4,

    /// <summary>The helper writes there.</summary>
    Write = 8,

    /// <summary>The size is known: <see cref="Parameter.FixedSize"/>.</summary>
    FixedSize = 16,

    /// <summary>It has to be aligned to its fixed size.</summary>
    Aligned = 32,

    /// <summary>The call gives the reference back.</summary>
    Release = 64,

    /// <summary>A dynptr to memory of the program.</summary>
    LocalDynptr = 128,

    /// <summary>A dynptr to a record of a ring buffer.</summary>
    RingDynptr = 256,

    /// <summary>A dynptr to a socket buffer.</summary>
    SkbDynptr = 512,

    /// <summary>A dynptr to an XDP frame.</summary>
    XdpDynptr = 1024,

    /// <summary>A dynptr to a file.</summary>
    FileDynptr = 2048,
}

/// <summary>One parameter of a helper.</summary>
/// <param name="Kind">What it takes.</param>
/// <param name="Flags">What it wants beside.</param>
/// <param name="FixedSize">Bytes behind the pointer, with <see cref="ParameterFlags.FixedSize"/>.</param>
/// <param name="BtfType">The name of the kernel's struct, for objects of one type; null for objects of any type.</param>
internal readonly record struct Parameter(ParameterKind Kind, ParameterFlags Flags = ParameterFlags.None, ushort FixedSize = 0, string? BtfType = null)
{
    /// <summary>True if null is allowed.</summary>
    internal bool MaybeNull => (Flags & ParameterFlags.MaybeNull) != 0;

    /// <summary>True if the helper writes there.</summary>
    internal bool IsWritten => (Flags & ParameterFlags.Write) != 0;

    /// <summary>True if it need not be initialised before the call.</summary>
    internal bool MayBeUninitialized => (Flags & ParameterFlags.Uninitialized) != 0;

    /// <summary>True if the call gives the reference back.</summary>
    internal bool Releases => (Flags & ParameterFlags.Release) != 0;
}
