// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Linux.Symbols;

/// <summary>The codes of symbols and debug information: 44xx (docs/diagnostics/symbols.md).</summary>
internal static class SymbolCodes
{
    /// <summary>A file cannot be opened or read.</summary>
    internal static readonly DiagnosticCode File = new(4400);

    /// <summary>A file is no 64-bit little-endian ELF file.</summary>
    internal static readonly DiagnosticCode NotElf = new(4401);

    /// <summary>An ELF file contradicts itself.</summary>
    internal static readonly DiagnosticCode Malformed = new(4402);

    /// <summary>A file has no function of that name.</summary>
    internal static readonly DiagnosticCode Function = new(4403);

    /// <summary>No library or program of that name.</summary>
    internal static readonly DiagnosticCode Library = new(4404);

    /// <summary>A USDT note or its argument text cannot be read.</summary>
    internal static readonly DiagnosticCode Usdt = new(4405);

    /// <summary>The kernel hides its addresses.</summary>
    internal static readonly DiagnosticCode Hidden = new(4406);

    /// <summary>The kernel has no symbol of that name.</summary>
    internal static readonly DiagnosticCode KernelSymbol = new(4407);

    /// <summary>Debug information is missing, malformed or of an unknown kind.</summary>
    internal static readonly DiagnosticCode DebugInfo = new(4408);

    /// <summary>A process is gone or cannot be looked into.</summary>
    internal static readonly DiagnosticCode Process = new(4409);

    /// <summary>A section is compressed in a way that cannot be read.</summary>
    internal static readonly DiagnosticCode Compressed = new(4410);
}
