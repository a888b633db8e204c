// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes.Bcl.Runtime.CompilerServices;

/// <summary>Stands for <c>System.Runtime.CompilerServices.RuntimeHelpers</c> in compiled programs.</summary>
internal static class RuntimeHelpers
{
    /// <summary>The bytes of a constant array: the compiler knows the length from the field.</summary>
    [Intrinsic("rva.span")]
    public static ReadOnlySpan<T> CreateSpan<T>(RuntimeFieldHandle fldHandle) => default;

    public static bool IsReferenceOrContainsReferences<T>() => false;
}
