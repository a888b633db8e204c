// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Builtins by name.</summary>
internal static class BuiltinLowering
{
    private static readonly Dictionary<string, Func<ProbeLowering, Identifier, Operand>> s_table = new(StringComparer.Ordinal);

    public static Operand Lower(ProbeLowering probe, Identifier identifier) =>
        s_table.TryGetValue(identifier.Name, out Func<ProbeLowering, Identifier, Operand>? lower) ? lower(probe, identifier) : throw probe.Refuse(identifier, $"no code can be made for '{identifier.Name}'");
}
