// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Types;

namespace Nectar.Trace;

/// <summary>The <c>config</c> block and <c>BPFTRACE_*</c> variables of the environment, which win. Names are bpftrace's in PascalCase.</summary>
internal sealed record TraceConfig
{
    public int MaxStringLength { get; init; } = 1024;

    public int MaxMapKeys { get; init; } = 4096;

    public int MaxProbes { get; init; } = 1024;

    public int MaxPrograms { get; init; } = 1024;

    public int MaxCatBytes { get; init; } = 10240;

    /// <summary>Objects up to this many bytes are in the frame.</summary>
    public int OnStackLimit { get; init; } = 32;

    /// <summary>Pages of the ring buffer; 0 for the default.</summary>
    public int RingPages { get; init; }

    public StackMode StackMode { get; init; }

    public string StringTruncationTrailer { get; init; } = "..";

    public string License { get; init; } = "GPL";

    public bool PrintMapsOnExit { get; init; } = true;

    public bool DemangleCpp { get; init; } = true;

    public bool LazySymbolication { get; init; }

    public bool ShowDebugInfo { get; init; } = true;

    /// <summary><c>PER_PROGRAM</c>, <c>PER_PID</c>, <c>NONE</c>.</summary>
    public string CacheUserSymbols { get; init; } = "PER_PID";

    public MissingProbes MissingProbes { get; init; }

    /// <summary>The buffer for the verifier's words.</summary>
    public int LogSize { get; init; } = 1_000_000;

    /// <summary>What <c>unstable_*</c> says, by name: <c>enable</c>, <c>warn</c>, <c>error</c>.</summary>
    public IReadOnlyDictionary<string, string> Unstable { get; init; } = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty;

    /// <summary>Signed division, shifts and atomic counters as C# has them, not as bpftrace has them.</summary>
    public bool IsStrict { get; init; }
}
