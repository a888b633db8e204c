// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Nectar.Analyzers;
using Nectar.Analyzers.Fixes;
using Xunit;

namespace Nectar.BuildTests.Support;

/// <summary>Runs the analyzers over a source as an editor does, against the library itself.</summary>
internal static class Analysis
{
    private static readonly MetadataReference[] s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(path) is "Nectar.Probes.dll" or "Nectar.Bpf.dll" or "Nectar.Linux.dll")
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>What the analyzers say, as <c>CODE line:column text</c>. The source must be correct C#.</summary>
    public static async Task<string[]> Findings(string source)
    {
        using AdhocWorkspace workspace = new();
        Document document = Open(workspace, source);
        return [.. (await Diagnostics(document)).Select(diagnostic =>
        {
            FileLinePositionSpan place = diagnostic.Location.GetLineSpan();
            return $"{diagnostic.Id} {place.StartLinePosition.Line + 1}:{place.StartLinePosition.Character + 1} {diagnostic.GetMessage()}";
        })];
    }

    /// <summary>The source once the only fix of its first diagnostic was applied.</summary>
    public static async Task<string> Fixed(string source)
    {
        using AdhocWorkspace workspace = new();
        Document document = Open(workspace, source);
        List<CodeAction> actions = [];
        await new ProbeCodeFixes().RegisterCodeFixesAsync(new CodeFixContext(document, (await Diagnostics(document))[0], (action, _) => actions.Add(action), CancellationToken.None));
        ApplyChangesOperation change = Assert.IsType<ApplyChangesOperation>(Assert.Single(await Assert.Single(actions).GetOperationsAsync(CancellationToken.None)));
        SourceText text = await change.ChangedSolution.GetDocument(document.Id)!.GetTextAsync();
        Assert.Empty(await Diagnostics(change.ChangedSolution.GetDocument(document.Id)!));
        return text.ToString();
    }

    private static Document Open(AdhocWorkspace workspace, string source)
    {
        ProjectInfo project = ProjectInfo.Create(ProjectId.CreateNewId(), VersionStamp.Default, "probes", "probes", LanguageNames.CSharp,
            compilationOptions: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable),
            parseOptions: new CSharpParseOptions(LanguageVersion.Preview), metadataReferences: s_references);
        return workspace.AddDocument(workspace.AddProject(project).Id, "probe.cs", SourceText.From(source));
    }

    private static async Task<ImmutableArray<Diagnostic>> Diagnostics(Document document)
    {
        Compilation compilation = (await document.Project.GetCompilationAsync())!;
        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        ImmutableArray<Diagnostic> found = await compilation.WithAnalyzers([new ProbeClassAnalyzer(), new ProgramBodyAnalyzer()]).GetAnalyzerDiagnosticsAsync();
        return [.. found.OrderBy(diagnostic => diagnostic.Location.SourceSpan.Start).ThenBy(diagnostic => diagnostic.Id, StringComparer.Ordinal)];
    }
}
