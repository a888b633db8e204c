// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Binding;

/// <summary>The variables that can be seen at a place of one probe or function. A name means one variable: inner ones do not hide outer ones.</summary>
internal sealed class VariableScopes(BindReport report)
{
    private readonly List<Dictionary<string, Entry>> _scopes = [];
    private readonly List<(int Depth, List<VariableSymbol> Captures)> _loops = [];

    /// <summary>Inside <c>sizeof</c>, <c>typeof</c> and their like nothing is read.</summary>
    public int IntrospectionDepth { get; set; }

    public void Enter() => _scopes.Add(new Dictionary<string, Entry>(StringComparer.Ordinal));

    public void Leave()
    {
        foreach (Entry entry in _scopes[^1].Values)
        {
            if (!entry.IsAssigned && entry.Declaration is Let let) report.Warning(TraceCodes.Unused, let, $"Variable {entry.Symbol.Name} was never assigned to.");
        }

        _scopes.RemoveAt(_scopes.Count - 1);
    }

    public void EnterLoop(List<VariableSymbol> captures) => _loops.Add((_scopes.Count, captures));

    public void LeaveLoop() => _loops.RemoveAt(_loops.Count - 1);

    /// <summary>A use of the variable: an error if there is none.</summary>
    public VariableSymbol? Read(VariableReference reference)
    {
        if (Find(reference.Name) is not { } entry)
        {
            report.Error(TraceCodes.UnknownName, reference, $"Undefined or undeclared variable: {reference.Name}", Hints.Nearest("variable", reference.Name, _scopes.SelectMany(s => s.Keys)));
            return null;
        }

        if (!entry.IsAssigned && IntrospectionDepth == 0) report.Warning(TraceCodes.Unused, reference, $"Variable used before it was assigned: {reference.Name}");
        return entry.Symbol;
    }

    /// <summary>An assignment: makes the variable if there is none.</summary>
    public VariableSymbol Assign(VariableReference reference, Node where)
    {
        if (Find(reference.Name) is not { } entry) return Add(reference, where, isAssigned: true).Symbol;
        entry.IsAssigned = true;
        return entry.Symbol;
    }

    /// <summary><c>let</c>, parameters and variables of loops: an error if the name is taken.</summary>
    public VariableSymbol Declare(VariableReference reference, Node declaration, bool isAssigned)
    {
        if (Find(reference.Name) is not { } entry) return Add(reference, declaration, isAssigned).Symbol;
        bool isLoop = declaration is ForMap or ForRange;
        report.Error(TraceCodes.Scope, isLoop ? reference : declaration, isLoop
            ? $"Loop declaration shadows existing variable: {reference.Name}"
            : $"Variable {reference.Name} was already declared. Variable shadowing is not allowed.", $"note: {Origin(entry)}");
        return entry.Symbol;
    }

    private static string Origin(Entry entry)
    {
        int line = entry.Declaration.Span.ToSourceSpan().Line;
        return entry.Declaration switch
        {
            Let => $"line {line}: this is the initial declaration",
            ForMap or ForRange => $"line {line}: this is the loop's variable",
            Subprogram => $"line {line}: this is the function's parameter",
            _ => $"line {line}: this is the initial assignment",
        };
    }

    private Entry Add(VariableReference reference, Node declaration, bool isAssigned)
    {
        Entry entry = new(new VariableSymbol(reference.Name), declaration) { IsAssigned = isAssigned };
        _scopes[^1].Add(reference.Name, entry);
        return entry;
    }

    private Entry? Find(string name)
    {
        for (int depth = 0; depth < _scopes.Count; depth++)
        {
            if (!_scopes[depth].TryGetValue(name, out Entry? entry)) continue;
            foreach ((int loopDepth, List<VariableSymbol> captures) in _loops)
            {
                if (depth >= loopDepth || captures.Contains(entry.Symbol)) continue;
                captures.Add(entry.Symbol);
                entry.Symbol.NeedsMemory = true;
            }

            return entry;
        }

        return null;
    }

    private sealed class Entry(VariableSymbol symbol, Node declaration)
    {
        public VariableSymbol Symbol => symbol;

        public Node Declaration => declaration;

        public bool IsAssigned { get; set; }
    }
}
