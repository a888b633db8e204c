// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace;

/// <summary>Codes of diagnostics about scripts; the page is docs/diagnostics/trace.md.</summary>
internal static class TraceCodes
{
    // 530x syntax (owner: syntax) · 531x–533x names and types · 534x attach points and probes · 535x making code · 536x running · 537x the command

    internal static readonly DiagnosticCode Syntax = new(5300);

    internal static readonly DiagnosticCode UnknownName = new(5310);
    internal static readonly DiagnosticCode TypeMismatch = new(5311);
    internal static readonly DiagnosticCode Arguments = new(5312);
    internal static readonly DiagnosticCode Format = new(5313);
    internal static readonly DiagnosticCode Unsafe = new(5314);
    internal static readonly DiagnosticCode NotInThisProbe = new(5315);
    internal static readonly DiagnosticCode Constant = new(5316);
    internal static readonly DiagnosticCode Config = new(5317);
    internal static readonly DiagnosticCode MapUse = new(5318);
    internal static readonly DiagnosticCode Scope = new(5319);
    internal static readonly DiagnosticCode UnknownField = new(5320);
    internal static readonly DiagnosticCode Cast = new(5321);
    internal static readonly DiagnosticCode Operator = new(5322);
    internal static readonly DiagnosticCode Jump = new(5323);
    internal static readonly DiagnosticCode ScriptFails = new(5324);
    internal static readonly DiagnosticCode UnknownType = new(5325);
    internal static readonly DiagnosticCode Comptime = new(5326);
    internal static readonly DiagnosticCode Unused = new(5330);
    internal static readonly DiagnosticCode Conversion = new(5331);
    internal static readonly DiagnosticCode Deprecated = new(5332);
    internal static readonly DiagnosticCode Doubtful = new(5333);
    /// <summary>C of the script or of a header.</summary>
    internal static readonly DiagnosticCode Declaration = new(5301);

    /// <summary>Macros: of the script and of C.</summary>
    internal static readonly DiagnosticCode Macro = new(5302);

    internal static readonly DiagnosticCode Import = new(5303);

    /// <summary><c>getopt</c> and the parameters behind <c>--</c>.</summary>
    internal static readonly DiagnosticCode Parameter = new(5304);

    /// <summary>An attach point is not in the form that its kind has, or asks for what there is not.</summary>
    internal static readonly DiagnosticCode AttachPoint = new(5340);

    /// <summary>There is no such hook in this kernel, file or process.</summary>
    internal static readonly DiagnosticCode MissingProbe = new(5341);

    /// <summary>More hooks or programs than the config allows.</summary>
    internal static readonly DiagnosticCode TooManyProbes = new(5342);

    /// <summary>The kernel refuses a hook.</summary>
    internal static readonly DiagnosticCode Attach = new(5343);

    /// <summary>The kernel lacks a hook, and no other one does the same (<c>--fallback</c>).</summary>
    internal static readonly DiagnosticCode NoFallback = new(5344);

    /// <summary>There is no code for something.</summary>
    internal static readonly DiagnosticCode CannotLower = new(5350);

    /// <summary>A helper that the kernel does not give to programs on this hook.</summary>
    internal static readonly DiagnosticCode NotInThisHook = new(5345);

    /// <summary>A session cannot go on.</summary>
    internal static readonly DiagnosticCode Run = new(5360);

    /// <summary>The program of <c>-c</c> cannot be started.</summary>
    internal static readonly DiagnosticCode Child = new(5361);

    /// <summary>The file that output goes to cannot be written.</summary>
    internal static readonly DiagnosticCode OutputFile = new(5362);

    /// <summary>An object of a script is damaged, or cannot be used on this machine.</summary>
    internal static readonly DiagnosticCode ScriptObject = new(5364);

    /// <summary>A recording is damaged, or of a version that is not known.</summary>
    internal static readonly DiagnosticCode Recording = new(5363);
}
