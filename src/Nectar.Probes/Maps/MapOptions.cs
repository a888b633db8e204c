// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>How a map is made (<c>BPF_F_*</c>).</summary>
[Flags]
public enum MapOptions : uint
{
    /// <summary>As usual.</summary>
    None = 0,

    /// <summary>Elements are allocated when they are added. Not where programs may run in any place: kernel 4.6 needs it for tracing of the allocator.</summary>
    NoPreallocation = 1 << 0,

    /// <summary>Each processor has a list of elements in use of its own. Kernel 4.10, LRU maps.</summary>
    NoCommonLru = 1 << 1,

    /// <summary>User space may only read. Kernel 4.15.</summary>
    ReadOnly = 1 << 3,

    /// <summary>User space may only write. Kernel 4.15.</summary>
    WriteOnly = 1 << 4,

    /// <summary>The hash has no random seed. Kernel 5.0; for tests.</summary>
    ZeroSeed = 1 << 6,

    /// <summary>Programs may only read. Kernel 5.2.</summary>
    ReadOnlyProgram = 1 << 7,

    /// <summary>Programs may only write. Kernel 5.2.</summary>
    WriteOnlyProgram = 1 << 8,

    /// <summary>User space may map the memory. Kernel 5.5, arrays.</summary>
    Mmapable = 1 << 10,

    /// <summary>Inner maps may have other lengths than the template. Kernel 5.10, arrays.</summary>
    InnerMap = 1 << 12,
}

/// <summary>When an element is set.</summary>
[Flags]
public enum MapUpdate : ulong
{
    /// <summary>Always.</summary>
    Any = 0,

    /// <summary>If the key is not there.</summary>
    NoExist = 1,

    /// <summary>If the key is there.</summary>
    Exist = 2,

    /// <summary>The value's spin lock is taken meanwhile. Kernel 5.1.</summary>
    Lock = 4,
}

/// <summary>Gets each element of a map.</summary>
/// <typeparam name="TKey">The map's key.</typeparam>
/// <typeparam name="TValue">The map's value.</typeparam>
/// <typeparam name="TState">What the caller passes on.</typeparam>
/// <param name="map">The map.</param>
/// <param name="key">The key.</param>
/// <param name="value">The value in the map.</param>
/// <param name="state">What the caller passed.</param>
public delegate LoopControl MapCallback<TKey, TValue, TState>(Map map, in TKey key, ref TValue value, ref TState state)
    where TKey : unmanaged
    where TValue : unmanaged
    where TState : unmanaged;
