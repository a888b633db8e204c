// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Objects;

/// <summary>Flags of map creation (<c>BPF_F_*</c> of <c>BPF_MAP_CREATE</c>).</summary>
[Flags]
public enum MapFlags : uint
{
#pragma warning disable CS1591 // the kernel's names in C# casing
    None = 0,
    NoPrealloc = 1 << 0,
    NoCommonLru = 1 << 1,
    NumaNode = 1 << 2,
    ReadOnly = 1 << 3,
    WriteOnly = 1 << 4,
    StackBuildId = 1 << 5,
    ZeroSeed = 1 << 6,
    ReadOnlyProgram = 1 << 7,
    WriteOnlyProgram = 1 << 8,
    Clone = 1 << 9,
    Mmapable = 1 << 10,
    PreserveElements = 1 << 11,
    InnerMap = 1 << 12,
    Link = 1 << 13,
    PathFd = 1 << 14,
    VtypeBtfObjFd = 1 << 15,
    TokenFd = 1 << 16,
    SegvOnFault = 1 << 17,
    NoUserConv = 1 << 18,
    RingBufOverwrite = 1 << 19,
#pragma warning restore CS1591
}

/// <summary>Flags of element updates (<c>BPF_ANY</c> and its neighbours).</summary>
[Flags]
public enum MapUpdateFlags : ulong
{
    /// <summary>Create a new element or update an existing one.</summary>
    Any = 0,

    /// <summary>Create only; <c>EEXIST</c> if the key is there.</summary>
    NoExist = 1,

    /// <summary>Update only; <c>ENOENT</c> if the key is not there.</summary>
    Exist = 2,

    /// <summary>Take the value's <c>bpf_spin_lock</c> while copying.</summary>
    Lock = 4,

    /// <summary>Per-CPU maps: the value of one processor, whose number stands in the upper 32 bits (<c>BPF_F_CPU</c>, newer than 6.18).</summary>
    Cpu = 8,

    /// <summary>Per-CPU maps: one value for all processors (<c>BPF_F_ALL_CPUS</c>, newer than 6.18).</summary>
    AllCpus = 16,
}

/// <summary>How a map is pinned when an object is loaded.</summary>
public enum PinningType : uint
{
    /// <summary>Not pinned.</summary>
    None = 0,

    /// <summary>Under its name in the bpf filesystem (<c>LIBBPF_PIN_BY_NAME</c>).</summary>
    ByName = 1,
}
