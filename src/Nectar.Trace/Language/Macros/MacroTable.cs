// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Macros;

/// <summary>The macros of a script by name; several of one name differ in what their parameters take.</summary>
internal sealed class MacroTable
{
    private readonly Dictionary<string, List<Macro>> _macros = new(StringComparer.Ordinal);

    public MacroTable(IReadOnlyList<Macro> macros, MacroReport report)
    {
        foreach (Macro macro in macros)
        {
            if (Find(macro.Name, macro.Parameters, out _) is { } original)
            {
                report.Error(macro.Span, $"Redefinition of macro: {macro.Name}");
                report.Error(original.Span, "This is the original definition.");
            }
            else if (HasDistinctParameters(macro, report))
            {
                if (!_macros.TryGetValue(macro.Name, out List<Macro>? same)) _macros.Add(macro.Name, same = []);
                same.Add(macro);
            }
        }
    }

    public bool IsEmpty => _macros.Count == 0;

    public bool Has(string name) => _macros.ContainsKey(name);

    /// <summary>The macro for these arguments; null with the one that is <paramref name="closest"/>.</summary>
    public Macro? Find(string name, List<Expression> arguments, out Macro? closest)
    {
        closest = null;
        if (!_macros.TryGetValue(name, out List<Macro>? candidates)) return null;
        int best = int.MaxValue;
        foreach (Macro candidate in candidates)
        {
            int distance = Distance(candidate, arguments);
            if (distance == 0) return candidate;
            if (distance >= best) continue;
            (best, closest) = (distance, candidate);
        }

        return null;
    }

    /// <summary>Arguments too many or too few weigh more than any of the wrong kind.</summary>
    private static int Distance(Macro macro, List<Expression> arguments)
    {
        int distance = 1024 * Math.Abs(macro.Parameters.Count - arguments.Count);
        for (int i = 0; i < Math.Min(macro.Parameters.Count, arguments.Count); i++)
        {
            if (macro.Parameters[i] is MapReference && arguments[i] is not MapReference) distance++;
            else if (macro.Parameters[i] is VariableReference && arguments[i] is not VariableReference) distance++;
        }

        return distance;
    }

    private static bool HasDistinctParameters(Macro macro, MacroReport report)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (Expression parameter in macro.Parameters)
        {
            (string name, string kind) = parameter switch
            {
                VariableReference v => (v.Name, "Variable"),
                MapReference m => (m.Name, "Map"),
                _ => (((Identifier)parameter).Name, "Ident"),
            };
            if (names.Add(name)) continue;
            report.Error(parameter.Span, $"{kind} for macro argument has already been used: {name}");
            return false;
        }

        return true;
    }
}
