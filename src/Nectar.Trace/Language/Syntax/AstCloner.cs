// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Syntax;

/// <summary>Copies trees as the parser made them: what the binder wrote is not copied. Passes that replace something derive from it.</summary>
internal class AstCloner
{
    private static readonly AstCloner Plain = new();

    public static Probe Clone(Probe probe) => Plain.Visit(probe);

    public static Expression Clone(Expression expression) => Plain.Visit(expression);

    public static Block Clone(Block block) => Plain.VisitBlock(block);

    public static TypeName Clone(TypeName type) => Plain.Visit(type);

    internal virtual Probe Visit(Probe p) => new() { AttachPoints = p.AttachPoints, Predicate = VisitOptional(p.Predicate), Body = VisitBlock(p.Body), Span = p.Span };

    internal virtual Subprogram Visit(Subprogram f) => new()
    {
        Name = f.Name, Parameters = [.. f.Parameters.Select(p => (VisitVariable(p.Variable), Visit(p.Type)))], Result = Visit(f.Result), Body = VisitBlock(f.Body), Span = f.Span,
    };

    protected virtual Block VisitBlock(Block block) => new() { Statements = Visit(block.Statements), Span = block.Span };

    protected List<Statement> Visit(List<Statement> statements)
    {
        List<Statement> result = new(statements.Count);
        foreach (Statement statement in statements) result.Add(Visit(statement));
        return result;
    }

    protected List<Expression> Visit(List<Expression> items)
    {
        List<Expression> result = new(items.Count);
        foreach (Expression item in items) result.Add(Visit(item));
        return result;
    }

    protected Expression? VisitOptional(Expression? expression) => expression is null ? null : Visit(expression);

    protected TypeName? VisitOptional(TypeName? type) => type is null ? null : Visit(type);

    protected virtual VariableReference VisitVariable(VariableReference v) => new() { Name = v.Name, Span = v.Span };

    protected virtual MapReference VisitMap(MapReference m) => new() { Name = m.Name, Span = m.Span };

    protected virtual TypeName Visit(TypeName t) => new()
    {
        Name = t.Name, OfValue = VisitOptional(t.OfValue), Members = t.Members.Count == 0 ? t.Members : [.. t.Members.Select(Visit)], Suffixes = t.Suffixes, Span = t.Span,
    };

    protected virtual Statement Visit(Statement statement)
    {
        TreeDepth.Check(statement);
        return Copy(statement);
    }

    private Statement Copy(Statement statement) => statement switch
    {
        Block s => VisitBlock(s),
        ExpressionStatement s => new ExpressionStatement { Value = Visit(s.Value), IsDiscard = s.IsDiscard, Span = s.Span },
        Let s => VisitLet(s),
        Assignment s => VisitAssignment(s),
        If s => new If { Condition = Visit(s.Condition), Then = VisitBlock(s.Then), Otherwise = s.Otherwise is null ? null : Visit(s.Otherwise), IsComptime = s.IsComptime, Span = s.Span },
        Unroll s => new Unroll { Count = Visit(s.Count), Body = VisitBlock(s.Body), Span = s.Span },
        While s => new While { Condition = Visit(s.Condition), Body = VisitBlock(s.Body), Span = s.Span },
        ForMap s => new ForMap { Variable = VisitLoopVariable(s.Variable), Map = VisitMap(s.Map), Body = VisitBlock(s.Body), Span = s.Span },
        ForRange s => new ForRange { Variable = VisitLoopVariable(s.Variable), From = Visit(s.From), To = Visit(s.To), Body = VisitBlock(s.Body), Span = s.Span },
        Break s => new Break { Span = s.Span },
        Continue s => new Continue { Span = s.Span },
        Return s => new Return { Value = VisitOptional(s.Value), Span = s.Span },
        _ => throw new InvalidOperationException($"statement {statement.GetType().Name} cannot be copied"),
    };

    protected virtual VariableReference VisitLoopVariable(VariableReference variable) => VisitVariable(variable);

    protected virtual Statement VisitLet(Let s) => new Let { Variable = VisitVariable(s.Variable), DeclaredType = VisitOptional(s.DeclaredType), Value = VisitOptional(s.Value), Span = s.Span };

    protected virtual Statement VisitAssignment(Assignment s) => new Assignment { Target = Visit(s.Target), Operator = s.Operator, Value = Visit(s.Value), Span = s.Span };

    protected virtual Expression VisitIdentifier(Identifier e) => new Identifier { Name = e.Name, Span = e.Span };

    protected virtual Expression VisitCall(Call e) => new Call { Name = e.Name, Arguments = Visit(e.Arguments), Span = e.Span, ExpandedFrom = e.ExpandedFrom };

    protected virtual Expression VisitSizeOf(SizeOf e) => new SizeOf { OfType = VisitOptional(e.OfType), OfValue = VisitOptional(e.OfValue), Span = e.Span };

    protected virtual Expression VisitOffsetOf(OffsetOf e) => new OffsetOf { OfType = VisitOptional(e.OfType), OfValue = VisitOptional(e.OfValue), Path = e.Path, IsQuestion = e.IsQuestion, Span = e.Span };

    protected virtual Expression VisitTypeInfo(TypeInfo e) => new TypeInfo { OfType = VisitOptional(e.OfType), OfValue = VisitOptional(e.OfValue), Span = e.Span };

    internal virtual Expression Visit(Expression expression)
    {
        TreeDepth.Check(expression);
        return Copy(expression);
    }

    private Expression Copy(Expression expression) => expression switch
    {
        IntegerLiteral e => new IntegerLiteral { Value = e.Value, Span = e.Span },
        StringLiteral e => new StringLiteral { Value = e.Value, Span = e.Span },
        BooleanLiteral e => new BooleanLiteral { Value = e.Value, Span = e.Span },
        Identifier e => VisitIdentifier(e),
        PositionalParameter e => new PositionalParameter { Number = e.Number, Span = e.Span },
        VariableReference e => VisitVariable(e),
        MapReference e => VisitMap(e),
        MapAccess e => new MapAccess { Target = VisitMap(e.Target), Key = Visit(e.Key), Span = e.Span },
        Call e => VisitCall(e),
        Unary e => new Unary { Operator = e.Operator, Operand = Visit(e.Operand), Span = e.Span },
        Binary e => VisitBinary(e),
        Conditional e => new Conditional
        {
            Condition = Visit(e.Condition), Then = VisitOptional(e.Then), Otherwise = Visit(e.Otherwise), IsIf = e.IsIf, IsComptime = e.IsComptime, Span = e.Span,
        },
        FieldAccess e => new FieldAccess { Target = Visit(e.Target), Name = e.Name, IsArrow = e.IsArrow, Span = e.Span },
        TupleAccess e => new TupleAccess { Target = Visit(e.Target), Index = e.Index, Span = e.Span },
        ArrayAccess e => new ArrayAccess { Target = Visit(e.Target), Index = Visit(e.Index), Span = e.Span },
        Cast e => new Cast { Target = Visit(e.Target), Operand = Visit(e.Operand), Span = e.Span },
        SizeOf e => VisitSizeOf(e),
        OffsetOf e => VisitOffsetOf(e),
        TypeInfo e => VisitTypeInfo(e),
        TypeArgument e => new TypeArgument { OfType = Visit(e.OfType), Span = e.Span },
        TupleLiteral e => new TupleLiteral { Items = Visit(e.Items), Names = e.Names, IsKeyList = e.IsKeyList, Span = e.Span },
        BlockExpression e => new BlockExpression { Statements = Visit(e.Statements), Value = Visit(e.Value), Span = e.Span },
        Comptime e => new Comptime { Operand = Visit(e.Operand), Span = e.Span },
        _ => throw new InvalidOperationException($"expression {expression.GetType().Name} cannot be copied"),
    };

    // Chains of operators lean left and may be long: no recursion down their spine.
    private Expression VisitBinary(Binary binary)
    {
        Stack<Binary> spine = [];
        Expression left = binary;
        while (left is Binary b)
        {
            spine.Push(b);
            left = b.Left;
        }

        Expression result = Visit(left);
        while (spine.TryPop(out Binary? b)) result = new Binary { Operator = b.Operator, Left = result, Right = Visit(b.Right), Span = b.Span };
        return result;
    }
}
