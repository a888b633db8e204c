// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Calls of functions by name.</summary>
internal static class FunctionLowering
{
    private static readonly Dictionary<string, Func<ProbeLowering, Call, Operand>> s_table = new(StringComparer.Ordinal);

    public static Operand Lower(ProbeLowering probe, Call call) =>
        s_table.TryGetValue(call.Name, out Func<ProbeLowering, Call, Operand>? lower) ? lower(probe, call) : throw probe.Refuse(call, $"no code can be made for '{call.Name}()'");
}
