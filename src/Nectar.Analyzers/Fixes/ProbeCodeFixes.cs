// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace Nectar.Analyzers.Fixes;

/// <summary>Adds the word that is missing: <c>sealed</c>, the base class, <c>using</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ProbeCodeFixes))]
[Shared]
public sealed class ProbeCodeFixes : CodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ImmutableArray.Create(ProbeRules.NotSealed.Id, ProbeRules.NoBase.Id, ProbeRules.Reservation.Id);

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false) is not { } root) return;
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            SyntaxNode node = root.FindNode(diagnostic.Location.SourceSpan);
            (string Title, SyntaxNode Old, SyntaxNode New)? fix = diagnostic.Id == ProbeRules.NotSealed.Id ? Sealed(node) : diagnostic.Id == ProbeRules.NoBase.Id ? Base(node) : Using(node);
            if (fix is not { } change) continue;
            context.RegisterCodeFix(CodeAction.Create(change.Title, _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(change.Old, change.New.WithAdditionalAnnotations(Formatter.Annotation)))), change.Title), diagnostic);
        }
    }

    private static (string, SyntaxNode, SyntaxNode)? Sealed(SyntaxNode node)
    {
        if (node.FirstAncestorOrSelf<ClassDeclarationSyntax>() is not { } type) return null;
        // 'partial' and 'unsafe' stay behind it
        int at = type.Modifiers.TakeWhile(modifier => !modifier.IsKind(SyntaxKind.UnsafeKeyword) && !modifier.IsKind(SyntaxKind.PartialKeyword)).Count();
        SyntaxToken word = SyntaxFactory.Token(SyntaxKind.SealedKeyword).WithTrailingTrivia(SyntaxFactory.Space);
        if (type.Modifiers.Count > 0) return ("Make the probe sealed", type, type.WithModifiers(type.Modifiers.Insert(at, word)));
        SyntaxToken keyword = type.Keyword;
        return ("Make the probe sealed", type, type.WithKeyword(keyword.WithLeadingTrivia()).WithModifiers(SyntaxFactory.TokenList(word.WithLeadingTrivia(keyword.LeadingTrivia))));
    }

    private static (string, SyntaxNode, SyntaxNode)? Base(SyntaxNode node)
    {
        if (node.FirstAncestorOrSelf<ClassDeclarationSyntax>() is not { } type || type.BaseList is { } list && list.Types.Count > 0 && !LooksLikeInterface(list.Types[0])) return null;
        BaseTypeSyntax probe = SyntaxFactory.SimpleBaseType(SyntaxFactory.IdentifierName("Probe"));
        ClassDeclarationSyntax derived = type.BaseList is { } bases
            ? type.WithBaseList(bases.WithTypes(bases.Types.Insert(0, probe)))
            : type.WithIdentifier(type.Identifier.WithTrailingTrivia(SyntaxFactory.Space)).WithBaseList(SyntaxFactory.BaseList(SyntaxFactory.SingletonSeparatedList(probe)).WithTrailingTrivia(type.Identifier.TrailingTrivia));
        return ("Derive from Probe", type, derived);
    }

    private static bool LooksLikeInterface(BaseTypeSyntax type) => type.Type.ToString() is { Length: > 1 } name && name[0] == 'I' && char.IsUpper(name[1]);

    private static (string, SyntaxNode, SyntaxNode)? Using(SyntaxNode node)
    {
        if (node.FirstAncestorOrSelf<LocalDeclarationStatementSyntax>() is not { } local || local.UsingKeyword.IsKind(SyntaxKind.UsingKeyword)) return null;
        SyntaxToken word = SyntaxFactory.Token(SyntaxKind.UsingKeyword).WithLeadingTrivia(local.GetLeadingTrivia()).WithTrailingTrivia(SyntaxFactory.Space);
        return ("Discard it on every other way out (using)", local, local.WithoutLeadingTrivia().WithUsingKeyword(word));
    }
}
