// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Binding;

/// <summary>Whether a map has keys.</summary>
internal enum MapForm : byte
{
    /// <summary>Not said yet.</summary>
    Unknown,
    /// <summary><c>@m</c></summary>
    Scalar,
    /// <summary><c>@m[key]</c></summary>
    Keyed,
}
