// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Nectar.Probes;

/// <summary>A reference that may be absent: what a map look-up or a bounds check gives. Ask it (<c>if (r)</c>) before using <see cref="Value"/>.</summary>
/// <remarks>A reference into a map is stale once its key is removed, as everywhere in BPF.</remarks>
/// <param name="target">What it refers to; a null reference for nothing.</param>
public readonly ref struct Ref<T>(ref T target)
    where T : unmanaged
{
    private readonly ref T _target = ref target;

    /// <summary>What it refers to. On the CLR an absent one throws <see cref="NullReferenceException"/>; the verifier refuses a use that is not guarded.</summary>
    [UnscopedRef]
    public ref T Value => ref _target;

    /// <summary>True if it refers to nothing.</summary>
    public bool IsNull => Unsafe.IsNullRef(ref _target);

    /// <summary>True if it refers to something.</summary>
    public static bool operator true(Ref<T> reference) => !Unsafe.IsNullRef(ref reference._target);

    /// <summary>True if it refers to nothing.</summary>
    public static bool operator false(Ref<T> reference) => Unsafe.IsNullRef(ref reference._target);

    /// <summary>True if it refers to nothing.</summary>
    public static bool operator !(Ref<T> reference) => Unsafe.IsNullRef(ref reference._target);
}
