// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>Ends the translation of one function; what is told to the author is in it.</summary>
/// <param name="diagnostic">What is told.</param>
/// <param name="isReported">It was told already: a function that is called was refused.</param>
internal sealed class Refusal(Diagnostic diagnostic, bool isReported = false) : Exception(diagnostic.Message)
{
    public Diagnostic Diagnostic => diagnostic;

    public bool IsReported => isReported;
}
