// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.TraceTests.Binding;

/// <summary>Binds scripts whose attach points are taken as they stand.</summary>
internal static class Bind
{
    /// <summary>Binds; what is wrong is in the bag.</summary>
    public static BoundScript Try(string text, DiagnosticBag diagnostics, BindOptions? options = null)
    {
        Script script = Parser.Parse(new SourceText("stdin", text), new ParseOptions(), diagnostics);
        Assert.False(diagnostics.HasErrors, string.Join('\n', diagnostics.Items));
        return Binder.Bind(script, options ?? new BindOptions(), diagnostics);
    }

    /// <summary>Binds a script that is right.</summary>
    public static BoundScript Good(string text, BindOptions? options = null)
    {
        DiagnosticBag diagnostics = new();
        BoundScript bound = Try(text, diagnostics, options);
        Assert.False(diagnostics.HasErrors, string.Join('\n', diagnostics.Items));
        return bound;
    }

    /// <summary>The only error of a script that is wrong.</summary>
    public static Diagnostic Error(string text, BindOptions? options = null)
    {
        DiagnosticBag diagnostics = new();
        Try(text, diagnostics, options);
        return Assert.Single(diagnostics.Items, d => d.Severity == Severity.Error);
    }

    public static IEnumerable<string> Warnings(string text)
    {
        DiagnosticBag diagnostics = new();
        Try(text, diagnostics);
        return diagnostics.Items.Where(d => d.Severity == Severity.Warning).Select(d => d.Message);
    }

    /// <summary>What a map ends up as: its value's type in words.</summary>
    public static string ValueOf(string text, string map = "@") => Good(text).Maps.Single(m => m.Name == map).ValueType.ToString();

    public static string KeyOf(string text, string map = "@") => Good(text).Maps.Single(m => m.Name == map).KeyType.ToString();
}
