// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>A debugger's command cannot be carried out; the program stands where it stood.</summary>
public sealed class DebugException : NectarException
{
    /// <summary>Makes one from a diagnostic.</summary>
    public DebugException(Diagnostic diagnostic)
        : base(diagnostic)
    {
    }

    internal DebugException(DiagnosticCode code, string message, params ReadOnlySpan<string> notes)
        : base(Diagnostic.Error(code, message, notes))
    {
    }
}

/// <summary>What can be wrong in a debugging session; docs/diagnostics/debugger.md explains each.</summary>
internal static class DebugCodes
{
    /// <summary>An expression that cannot be read.</summary>
    internal static readonly DiagnosticCode Syntax = new(5101);

    /// <summary>A name that stands for nothing here.</summary>
    internal static readonly DiagnosticCode UnknownName = new(5102);

    /// <summary>An operation that does not fit its operands' types.</summary>
    internal static readonly DiagnosticCode WrongType = new(5103);

    /// <summary>Memory that does not belong to the program.</summary>
    internal static readonly DiagnosticCode NoMemory = new(5104);

    /// <summary>A place in the code that is not there.</summary>
    internal static readonly DiagnosticCode NoPlace = new(5105);

    /// <summary>A breakpoint or frame with a number that is not there.</summary>
    internal static readonly DiagnosticCode NoNumber = new(5106);

    /// <summary>Something that needs a program that stands at an instruction.</summary>
    internal static readonly DiagnosticCode NotStopped = new(5107);

    /// <summary>There is no input left, or none with that number.</summary>
    internal static readonly DiagnosticCode NoInput = new(5108);

    /// <summary>A repeated run went another way.</summary>
    internal static readonly DiagnosticCode NotRepeated = new(5109);
}
