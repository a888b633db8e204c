// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes;

/// <summary>What passes share: the module that a function belongs to, and where they complain.</summary>
/// <param name="Module">The module.</param>
/// <param name="Diagnostics">Receives what the author has to know.</param>
internal sealed record PassContext(IrModule Module, DiagnosticBag Diagnostics)
{
    /// <summary>Sees a function after each pass, for dumps.</summary>
    public Action<string, IrFunction>? AfterPass { get; init; }

    /// <summary>As <see cref="AfterPass"/>, after each step of making code, which is no longer the representation's.</summary>
    public Action<string, IrFunction>? AfterStep { get; init; }

    public CompilationTarget Target => Module.Target;
}
