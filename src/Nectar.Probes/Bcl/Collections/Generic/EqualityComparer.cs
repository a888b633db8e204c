// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes.Bcl.Collections.Generic;

/// <summary>
/// Stands for <c>System.Collections.Generic.EqualityComparer&lt;T&gt;</c> in compiled programs. There is no object: <see cref="Default"/> is null,
/// and what is called on it does not ask for it.
/// </summary>
internal sealed class EqualityComparer<T>
{
    public static EqualityComparer<T> Default => null!;

    /// <summary>The type's own <c>Equals(T)</c> where it has one; else its bytes are compared.</summary>
    [Intrinsic("equals")]
    public bool Equals(T? left, T? right) => System.Collections.Generic.EqualityComparer<T>.Default.Equals(left, right);
}
