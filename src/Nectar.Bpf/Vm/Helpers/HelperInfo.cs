// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Vm;

/// <summary>What a helper takes at one place.</summary>
public enum ArgumentKind : byte
{
    /// <summary>Not used.</summary>
    None,

    /// <summary>Any value.</summary>
    Anything,

    /// <summary>A number.</summary>
    Scalar,

    /// <summary>The context of the program.</summary>
    Context,

    /// <summary>A map's handle, constant on all paths.</summary>
    ConstMap,

    /// <summary>Memory of the map's key size, read.</summary>
    MapKey,

    /// <summary>Memory of the map's value size, read.</summary>
    MapValue,

    /// <summary>Memory of the map's value size, written.</summary>
    UninitMapValue,

    /// <summary>A pointer into a map's value (locks, timers).</summary>
    MapValueField,

    /// <summary>Memory that is read; the next argument is its size.</summary>
    Memory,

    /// <summary>Memory that is read, or null; the next argument is its size.</summary>
    MemoryOrNull,

    /// <summary>Memory that is written; the next argument is its size.</summary>
    UninitMemory,

    /// <summary>Memory of a fixed size that is written.</summary>
    FixedOutput,

    /// <summary>The size of the memory before, at least 1.</summary>
    Size,

    /// <summary>The size of the memory before; 0 is allowed.</summary>
    SizeOrZero,

    /// <summary>A size that has to be a constant.</summary>
    ConstSize,

    /// <summary>A ring record from a reserve, which this call gives back.</summary>
    AllocatedMemory,

    /// <summary>A constant string that ends in a zero byte.</summary>
    ConstString,

    /// <summary>The address of a static function of the program.</summary>
    Function,

    /// <summary>A pointer that goes to the callback, or null.</summary>
    StackOrNull,

    /// <summary>A dynptr on the stack.</summary>
    Dynptr,

    /// <summary>Room for a dynptr on the stack.</summary>
    UninitDynptr,

    /// <summary>A socket.</summary>
    Socket,

    /// <summary>A kernel object known by its BTF type (task, cgroup, inode).</summary>
    BtfObject,

    /// <summary>An iterator on the stack.</summary>
    Iterator,
}

/// <summary>What a helper gives back.</summary>
public enum ReturnKind : byte
{
    /// <summary>A number: a value, or 0 and negative error numbers.</summary>
    Scalar,

    /// <summary>Nothing.</summary>
    Void,

    /// <summary>A pointer to a map's value, or null.</summary>
    MapValueOrNull,

    /// <summary>A ring record of the constant size that was asked for, or null.</summary>
    AllocatedMemoryOrNull,

    /// <summary>Memory of the size that was asked for, or null.</summary>
    MemoryOrNull,

    /// <summary>A socket, or null.</summary>
    SocketOrNull,

    /// <summary>A kernel object known by its BTF type.</summary>
    BtfObject,

    /// <summary>It does not return.</summary>
    Never,
}

/// <summary>What a helper does beside computing.</summary>
[Flags]
public enum HelperEffects : byte
{
    /// <summary>Nothing that matters outside its result.</summary>
    None = 0,

    /// <summary>May write into the packet or move it: pointers into it are void afterwards.</summary>
    WritesPacket = 1,

    /// <summary>Only for programs with a GPL-compatible licence in the kernel.</summary>
    GplOnly = 2,

    /// <summary>Calls functions of the program.</summary>
    CallsBack = 4,
}

/// <summary>A helper or kernel function that programs of this host may call: the prototype, and what runs.</summary>
public sealed class HelperInfo
{
    private readonly HelperEffects _own;
    private HelperShape? _shape;

    /// <param name="id">The number.</param>
    /// <param name="name">The name.</param>
    /// <param name="function">What runs.</param>
    /// <param name="own">What it does here beside its prototype.</param>
    /// <param name="shape">The prototype; null for helpers, whose prototypes the verifier's rules have.</param>
    internal HelperInfo(int id, string name, nint function, HelperEffects own, HelperShape? shape = null) => (Id, Name, Function, _own, _shape) = (id, name, function, own, shape);

    /// <summary>The kernel's number for helpers; a number of this host, above 65535, for kernel functions.</summary>
    public int Id { get; }

    /// <summary>The kernel's name.</summary>
    public string Name { get; }

    /// <summary>What it takes in r1 to r5.</summary>
    public IReadOnlyList<ArgumentKind> Arguments => Shape.Arguments;

    /// <summary>What it leaves in r0.</summary>
    public ReturnKind Returns => Shape.Returns;

    /// <summary>What it does beside.</summary>
    public HelperEffects Effects => Shape.Effects | _own;

    /// <summary>True for kernel functions, which are called by name and BTF id.</summary>
    public bool IsKfunc => Id > ushort.MaxValue;

    /// <summary>True if it may write into the packet or move it.</summary>
    internal bool WritesPacket => (_own & HelperEffects.WritesPacket) != 0;

    /// <summary>A managed <c>delegate*&lt;ulong, ulong, ulong, ulong, ulong, VmState*, ulong&gt;</c>.</summary>
    internal nint Function { get; }

    private HelperShape Shape => _shape ??= HelperShape.Of(HelperPrototypes.Find(Id)!);

    /// <inheritdoc/>
    public override string ToString() => $"{Name}#{Id}";
}
