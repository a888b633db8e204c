// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Runtime;

/// <summary>What a session does with the programs of a plan.</summary>
internal enum SessionMode : byte
{
    /// <summary>Attaches them and reads until the end.</summary>
    Trace,

    /// <summary>Ends when all is attached (<c>--dry-run</c>).</summary>
    DryRun,

    /// <summary>Runs the <c>test</c> probes.</summary>
    Test,

    /// <summary>Runs the <c>bench</c> probes.</summary>
    Benchmark,
}
