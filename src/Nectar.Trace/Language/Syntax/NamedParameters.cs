// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Trace.Language.Syntax;

/// <summary>A parameter that a script asks for with <c>getopt(name, default, description)</c>.</summary>
/// <param name="Name">As it is given: <c>--name=value</c>.</param>
/// <param name="Default">As written; <c>false</c> where the script names none.</param>
/// <param name="Description">Empty without.</param>
internal sealed record NamedParameter(string Name, string Default, string Description);

/// <summary>The named parameters of a script: for <c>--help</c>, and to refuse those that it does not know.</summary>
internal static class NamedParameters
{
    /// <summary>Each name once, in the order of the text. Call before or after binding.</summary>
    public static IReadOnlyList<NamedParameter> Find(Script script, DiagnosticBag? diagnostics = null)
    {
        Finder finder = new(diagnostics ?? new DiagnosticBag());
        foreach (Macro macro in script.Macros)
        {
            if (macro.Body is BlockExpression value) finder.Look(value);
            else finder.Look((Block)macro.Body);
        }

        foreach (Probe probe in script.Probes) finder.Visit(probe);
        foreach (Subprogram function in script.Functions) finder.Visit(function);
        return finder.Found;
    }

    /// <summary>Reports what was given but is not asked for, and names that are asked for in different ways. <c>--help</c> is answered by the list of names.</summary>
    public static void Check(Script script, ParseOptions options, DiagnosticBag diagnostics)
    {
        bool isGiven = !options.NamedParameters.IsDefaultOrEmpty;
        if (!isGiven && !script.Source.Text.Contains("getopt", StringComparison.Ordinal)) return;
        IReadOnlyList<NamedParameter> known = Find(script, diagnostics);
        if (!isGiven) return;
        List<string> unknown = [.. options.NamedParameters.Select(p => p.Key).Where(name => known.All(k => k.Name != name))];
        if (unknown.Count == 0) return;
        bool asksForHelp = unknown.Remove("help");
        string message = unknown.Count == 0 ? "" : $"unexpected program command line options: {string.Join(", ", unknown.Select(name => $"--{name}"))}";
        string expected = known.Count == 0 ? "no custom program options defined."
            : asksForHelp ? "expected program options:\n" + string.Join('\n', known.Select(k => k.Description.Length == 0 ? $"--{k.Name}" : $"--{k.Name}: {k.Description}"))
            : "expected program options: " + string.Join(", ", known.Select(k => $"--{k.Name}"));
        diagnostics.Add(Diagnostic.Error(TraceCodes.Parameter, message, $"help: {expected}"));
    }

    private sealed class Finder(DiagnosticBag diagnostics) : AstCloner
    {
        public List<NamedParameter> Found { get; } = [];

        public void Look(Expression value) => Visit(value);

        public void Look(Block block) => VisitBlock(block);

        protected override Expression VisitCall(Call e)
        {
            if (e.Name == "getopt" && e.Arguments.Count > 0 && e.Arguments[0] is StringLiteral name)
            {
                string standard = e.Arguments.Count > 1 ? AstPrinter.Describe(e.Arguments[1]) : "false";
                string description = e.Arguments.Count > 2 && e.Arguments[2] is StringLiteral text ? text.Value : "";
                int known = Found.FindIndex(p => p.Name == name.Value);
                if (known < 0) Found.Add(new NamedParameter(name.Value, standard, description));
                else if (Found[known].Default != standard) Error(e, $"Command line option '{name.Value}' needs to have the same default value in all places it is used. Previous default value: {Found[known].Default}");
                else if (Found[known].Description.Length == 0) Found[known] = Found[known] with { Description = description };
                else if (description.Length > 0 && Found[known].Description != description)
                    Error(e, $"Command line option '{name.Value}' must have the same description in all places it's used. Hint: You can wrap it in a macro");
            }

            return base.VisitCall(e);
        }

        private void Error(Call at, string message) => diagnostics.Add(Diagnostic.Error(TraceCodes.Parameter, message, at.Span.ToSourceSpan(), at.Span.SourceLine));
    }
}
