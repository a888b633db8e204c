// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Runtime.Output;

/// <summary>When output is handed to the system (<c>-B</c>).</summary>
internal enum OutputBuffering : byte
{
    /// <summary>When nothing more waits to be written, and at least ten times a second.</summary>
    WhenIdle,

    /// <summary>At each write.</summary>
    None,

    /// <summary>At the end of each line.</summary>
    Line,

    /// <summary>When a buffer is full.</summary>
    Full,
}
