// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Compiler.Codegen;

/// <summary>What the back end refuses: docs/diagnostics/backend.md.</summary>
internal static class CodegenCodes
{
    /// <summary>The frame does not fit 512 bytes.</summary>
    internal static readonly DiagnosticCode FrameTooLarge = new(2201);

    /// <summary>More instructions than a kernel takes.</summary>
    internal static readonly DiagnosticCode CodeTooLarge = new(2202);

    /// <summary>The cpu version has no instruction for it.</summary>
    internal static readonly DiagnosticCode NotInVersion = new(2203);


    /// <summary>An operation that was to be gone is not.</summary>
    internal static readonly DiagnosticCode NotLowered = new(2205);
}
