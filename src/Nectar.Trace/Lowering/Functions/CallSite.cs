// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>A call of one of the language's functions, or a builtin: those are functions without arguments, written with or without <c>()</c>.</summary>
/// <param name="Node">The call or the word.</param>
/// <param name="Name">The function's name.</param>
/// <param name="Arguments">As the binder left them.</param>
internal readonly record struct CallSite(Expression Node, string Name, IReadOnlyList<Expression> Arguments)
{
    /// <summary>Of the result.</summary>
    public TraceType Type => Node.Type;

    public int Count => Arguments.Count;

    public Expression this[int index] => Arguments[index];
}

/// <summary>Makes the code of a call.</summary>
internal delegate Operand FunctionHandler(ProbeLowering probe, CallSite site);

/// <summary>Makes the code of a call whose value is bytes, into memory that is given: a record, a key, a variable. Bytes behind a text need not be zero if <paramref name="padded"/> is false.</summary>
internal delegate void BytesHandler(ProbeLowering probe, CallSite site, Nectar.Compiler.Ir.Value destination, bool padded);
