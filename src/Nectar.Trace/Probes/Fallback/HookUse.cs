// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Functions;
using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Probes.Fallback;

/// <summary>What the body of a probe asks its hook for.</summary>
internal sealed class HookUse
{
    /// <summary><c>arg0</c> …: the numbers.</summary>
    public SortedSet<int> Arguments { get; } = [];

    /// <summary>The names behind <c>args.</c>.</summary>
    public SortedSet<string> Fields { get; } = new(StringComparer.Ordinal);

    /// <summary><c>args</c> as a whole.</summary>
    public bool ReadsAll { get; private set; }

    public bool ReadsResult { get; private set; }

    /// <summary>A word that needs the registers of the probed place, or the place itself; null if there is none.</summary>
    public string? Registers { get; private set; }

    /// <summary>Looks through predicate and body.</summary>
    public static HookUse Of(Probe probe)
    {
        HookUse use = new();
        TreeWalk.Visit(probe, use.Look);
        return use;
    }

    private bool Look(Node node)
    {
        switch (node)
        {
            case FieldAccess { Target: Identifier { Name: "args" } or Call { Name: "args" } } field:
                Fields.Add(field.Name);
                return false;
            case Identifier word:
                Word(word.Name);
                break;
            case Call call:
                Word(call.Name);
                break;
        }

        return true;
    }

    private void Word(string word)
    {
        word = BuiltinTable.Canonical(word);
        if (BuiltinTable.ArgumentNumber(word) is var number and >= 0) Arguments.Add(number);
        else if (word == "args") ReadsAll = true;
        else if (word == "retval") ReadsResult = true;
        else if (word is "reg" or "ctx" or "override" or "usermode" || (word.StartsWith("sarg", StringComparison.Ordinal) && word.Length == 5)) Registers ??= word;
    }
}
