// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Runtime;

/// <summary>Which function printed.</summary>
public enum PrintSeverity : byte
{
    /// <summary><c>printf</c>.</summary>
    None,

    /// <summary><c>warnf</c>.</summary>
    Warning,

    /// <summary><c>errorf</c>.</summary>
    Error,
}
