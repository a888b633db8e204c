// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Language.Syntax;

/// <summary>
/// The parser bounds how deep a script nests, but not what macros and long chains in parentheses add up to. Whoever goes down a tree asks here
/// first: a stack that overflows would end the process without a word.
/// </summary>
internal static class TreeDepth
{
    /// <exception cref="TreeTooDeepException">The thread's stack is nearly used up.</exception>
    public static void Check(Node node)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw new TreeTooDeepException(node.Span);
    }
}

/// <summary>A tree that no walk reaches the end of; caught where a stage of the compiler begins.</summary>
internal sealed class TreeTooDeepException(TextSpan span) : Exception
{
    public void Report(DiagnosticBag diagnostics) => diagnostics.Add(Diagnostic.Error(
        TraceCodes.Syntax, "syntax: too many expressions in one another", span.ToSourceSpan(), span.SourceLine, "help: split the expression with variables, or the block with macros"));
}
