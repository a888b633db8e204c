// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Code of words: a builtin is a function without arguments.</summary>
internal static class BuiltinLowering
{
    public static Operand Lower(ProbeLowering probe, Identifier word) => FunctionLowering.Lower(probe, new CallSite(word, word.Name, []));
}
