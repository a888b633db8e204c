// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Nectar.Analyzers.Rules;

/// <summary>Walks a body and notes the constructs that a program cannot have.</summary>
internal sealed class BodyWalker : OperationWalker
{
    private const int StackSize = 512;
    private readonly MethodFindings _findings;

    internal BodyWalker(MethodFindings findings) => _findings = findings;

    public override void VisitObjectCreation(IObjectCreationOperation operation)
    {
        if (operation.Type is { IsReferenceType: true } type && operation.Parent is not IThrowOperation && !IsThrown(operation))
            _findings.Add(ProbeRules.Allocation, operation.Syntax, $"'new {type.Name}' is an object on it; use a struct");
        base.VisitObjectCreation(operation);
    }

    public override void VisitArrayCreation(IArrayCreationOperation operation)
    {
        // 'ReadOnlySpan<byte> s = new byte[] { 1, 2 }' is data of the assembly
        if (!IsSpan(operation.Parent?.Type)) _findings.Add(ProbeRules.Allocation, operation.Syntax, "an array is an object on it; use stackalloc, an inline array or a map");
        base.VisitArrayCreation(operation);
    }

    public override void VisitAnonymousFunction(IAnonymousFunctionOperation operation)
    {
        if (operation.Syntax is AnonymousFunctionExpressionSyntax syntax && !syntax.Modifiers.Any(SyntaxKind.StaticKeyword) && operation.Symbol is { IsStatic: false })
            _findings.Add(ProbeRules.Allocation, operation.Syntax, "a function that captures is an object on it; make it static and pass what it needs");
        base.VisitAnonymousFunction(operation);
    }

    public override void VisitInterpolatedString(IInterpolatedStringOperation operation)
    {
        if (operation.Type?.SpecialType == SpecialType.System_String && operation.Parent is not IInterpolatedStringHandlerCreationOperation)
            _findings.Add(ProbeRules.Text, operation.Syntax, "interpolation is for Bpf.Print; use bytes (\"…\"u8, Span<byte>)");
        base.VisitInterpolatedString(operation);
    }

    public override void VisitVariableDeclarator(IVariableDeclaratorOperation operation)
    {
        if (operation.Symbol.Type.SpecialType == SpecialType.System_String) _findings.Add(ProbeRules.Text, operation.Syntax, $"'{operation.Symbol.Name}' is one; use bytes (\"…\"u8, Span<byte>)");
        else if (IsFloat(operation.Symbol.Type)) _findings.Add(ProbeRules.Float, operation.Syntax, operation.Symbol.Type.ToDisplayString());
        base.VisitVariableDeclarator(operation);
    }

    public override void VisitBinaryOperator(IBinaryOperation operation)
    {
        if (operation.Type?.SpecialType == SpecialType.System_String && operation.Parent is not IBinaryOperation) _findings.Add(ProbeRules.Text, operation.Syntax, "two cannot be joined; write into a span");
        else if (IsFloat(operation.Type) && !IsFloat((operation.Parent as IBinaryOperation)?.Type) && operation.Parent is not IVariableInitializerOperation) _findings.Add(ProbeRules.Float, operation.Syntax, operation.Type!.ToDisplayString());
        base.VisitBinaryOperator(operation);
    }

    public override void VisitTry(ITryOperation operation)
    {
        foreach (ICatchClauseOperation handler in operation.Catches) _findings.Add(ProbeRules.Catch, handler.Syntax is CatchClauseSyntax syntax ? syntax : handler.Syntax);
        base.VisitTry(operation);
    }

    public override void VisitForEachLoop(IForEachLoopOperation operation)
    {
        IOperation collection = operation.Collection is IConversionOperation { IsImplicit: true } conversion ? conversion.Operand : operation.Collection;
        if (collection.Type is { IsReferenceType: true } type && operation.Syntax is CommonForEachStatementSyntax syntax) _findings.Add(ProbeRules.Loop, syntax.Expression, type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));
        if (operation.IsAsynchronous) _findings.Add(ProbeRules.Concurrency, operation.Syntax, "'await'");
        base.VisitForEachLoop(operation);
    }

    public override void VisitLock(ILockOperation operation)
    {
        _findings.Add(ProbeRules.Concurrency, operation.Syntax is LockStatementSyntax syntax ? syntax.Expression : operation.Syntax, "'lock'");
        base.VisitLock(operation);
    }

    public override void VisitAwait(IAwaitOperation operation)
    {
        _findings.Add(ProbeRules.Concurrency, operation.Syntax, "'await'");
        base.VisitAwait(operation);
    }

    public override void VisitReturn(IReturnOperation operation)
    {
        if (operation.Kind is OperationKind.YieldReturn or OperationKind.YieldBreak) _findings.Add(ProbeRules.Concurrency, operation.Syntax, "'yield'");
        base.VisitReturn(operation);
    }

    public override void VisitInvocation(IInvocationOperation operation)
    {
        IMethodSymbol method = operation.TargetMethod;
        if (method.MethodKind == MethodKind.DelegateInvoke) _findings.Add(ProbeRules.Dispatch, operation.Syntax, method.ContainingType.Name, "through a delegate");
        else if (operation.IsVirtual && operation.Instance?.Type is { IsReferenceType: true, IsSealed: false, TypeKind: not TypeKind.TypeParameter })
            _findings.Add(ProbeRules.Dispatch, operation.Syntax, method.Name, method.ContainingType.TypeKind == TypeKind.Interface ? $"through the interface '{method.ContainingType.Name}'" : "virtually");
        if (SymbolEqualityComparer.Default.Equals(method.ContainingType, _findings.Method.ContainingType)) _findings.Calls.Add((method.OriginalDefinition, operation.Syntax.GetLocation()));
        base.VisitInvocation(operation);
    }

    public override void VisitPropertyReference(IPropertyReferenceOperation operation)
    {
        if (SymbolEqualityComparer.Default.Equals(operation.Property.ContainingType, _findings.Method.ContainingType) && operation.Property.GetMethod is { } getter) _findings.Calls.Add((getter, operation.Syntax.GetLocation()));
        base.VisitPropertyReference(operation);
    }

    /// <summary>Looks at each <c>stackalloc</c>, for which there is no operation.</summary>
    internal void CheckStack(IOperation body)
    {
        if (body.SemanticModel is not { } model) return;
        foreach (SyntaxNode node in body.Syntax.DescendantNodes())
        {
            if (node is not StackAllocArrayCreationExpressionSyntax { Type: ArrayTypeSyntax { RankSpecifiers: { Count: 1 } ranks } array } || ranks[0].Sizes.Count != 1) continue;
            if (model.GetConstantValue(ranks[0].Sizes[0]).Value is not int count || model.GetTypeInfo(array.ElementType).Type is not { } element) continue;
            long size = SizeOf(element) * (long)count;
            if (size > StackSize) _findings.Add(ProbeRules.Stack, node, size);
        }
    }

    private static bool IsThrown(IOperation operation)
    {
        IOperation? parent = operation.Parent;
        while (parent is IConversionOperation) parent = parent.Parent;
        return parent is IThrowOperation;
    }

    private static bool IsSpan(ITypeSymbol? type) => type is { Name: "ReadOnlySpan" or "Span", ContainingNamespace.Name: "System" };

    private static bool IsFloat(ITypeSymbol? type) => type?.SpecialType is SpecialType.System_Single or SpecialType.System_Double or SpecialType.System_Decimal;

    private static int SizeOf(ITypeSymbol type) => type.SpecialType switch
    {
        SpecialType.System_Boolean or SpecialType.System_Byte or SpecialType.System_SByte => 1,
        SpecialType.System_Int16 or SpecialType.System_UInt16 or SpecialType.System_Char => 2,
        SpecialType.System_Int32 or SpecialType.System_UInt32 => 4,
        SpecialType.System_Int64 or SpecialType.System_UInt64 or SpecialType.System_IntPtr or SpecialType.System_UIntPtr => 8,
        _ => type.TypeKind == TypeKind.Pointer ? 8 : 0,
    };
}
