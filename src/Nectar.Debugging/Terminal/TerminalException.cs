// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Debugging.Terminal;

/// <summary>A line that the terminal does not understand.</summary>
internal sealed class TerminalException(DiagnosticCode code, string message, params string[] notes) : NectarException(Diagnostic.Error(code, message, notes));

/// <summary>What can be wrong with a line; docs/diagnostics/debugger.md explains each.</summary>
internal static class TerminalCodes
{
    /// <summary>No command has this name, or several begin so.</summary>
    internal static readonly DiagnosticCode UnknownCommand = new(5110);

    /// <summary>Words behind a command that do not fit.</summary>
    internal static readonly DiagnosticCode BadArgument = new(5111);

    /// <summary>A file of commands that cannot be read, or that calls itself.</summary>
    internal static readonly DiagnosticCode BadScript = new(5112);
}
