// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Functions;
using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Binding;

/// <summary>
/// Says for each name of one probe or function which variable, map or function it is, once, before types are found; brings the several ways
/// to write one thing into one (<c>pid()</c> is <c>pid</c>, <c>delete(@m[k])</c> is <c>delete(@m, k)</c>, C constants are their values).
/// </summary>
/// <param name="context">Of the script.</param>
/// <param name="decide">Which branch of an <c>if comptime</c> is taken, where its condition needs no types; the other is not looked at.</param>
internal sealed partial class NameBinder(BindContext context, Func<Node, Expression, bool?> decide)
{
    private readonly VariableScopes _scopes = new(context.Report);
    private int _loopDepth;

    public void Bind(Probe probe)
    {
        _scopes.Enter();
        if (probe.Predicate is { } predicate) probe.Predicate = Visit(predicate);
        VisitBlock(probe.Body);
        _scopes.Leave();
    }

    public void Bind(Subprogram function)
    {
        _scopes.Enter();
        foreach ((VariableReference variable, _) in function.Parameters) variable.Symbol = _scopes.Declare(variable, function, isAssigned: true);
        foreach ((_, TypeName type) in function.Parameters) VisitType(type);
        VisitBlock(function.Body);
        VisitType(function.Result);
        _scopes.Leave();
    }

    private void VisitBlock(Block block)
    {
        _scopes.Enter();
        VisitStatements(block.Statements);
        _scopes.Leave();
    }

    private void VisitStatements(List<Statement> statements)
    {
        for (int i = 0; i < statements.Count; i++)
        {
            if (i > 0 && Ends(statements[i - 1])) context.Report.Warning(TraceCodes.Unused, statements[i], "Unreachable statement.");
            Visit(statements[i]);
        }
    }

    /// <summary>Nothing behind it runs.</summary>
    private static bool Ends(Statement statement) => statement switch
    {
        Return or Break or Continue => true,
        ExpressionStatement { Value: Call { Name: "exit" } } => true,
        Block block => block.Statements.Count > 0 && Ends(block.Statements[^1]),
        If { Otherwise: { } otherwise } branch => Ends(branch.Then) && Ends(otherwise),
        _ => false,
    };

    private void Visit(Statement statement)
    {
        TreeDepth.Check(statement);
        switch (statement)
        {
            case Block s:
                VisitBlock(s);
                break;
            case ExpressionStatement s:
                s.Value = Visit(s.Value);
                break;
            case Let s:
                if (s.Value is { } initial) s.Value = Visit(initial);
                if (s.DeclaredType is { } type) VisitType(type);
                s.Variable.Symbol = _scopes.Declare(s.Variable, s, isAssigned: s.Value is not null);
                break;
            case Assignment s:
                VisitAssignment(s);
                break;
            case If s:
                VisitIf(s);
                break;
            case Unroll s:
                s.Count = Visit(s.Count);
                VisitBlock(s.Body);
                break;
            case While s:
                context.Report.Warning(TraceCodes.Deprecated, s, "While loops are deprecated and may be removed in the future.",
                    "help: a loop over a range is easier to prove bounded: for ($x : $start..$end) { ... }");
                s.Condition = Visit(s.Condition);
                _loopDepth++;
                VisitBlock(s.Body);
                _loopDepth--;
                break;
            case ForMap s:
                VisitFor(s);
                break;
            case ForRange s:
                s.From = Visit(s.From);
                s.To = Visit(s.To);
                VisitLoop(s, s.Variable, s.Body, s.Captures);
                break;
            case Return s:
                if (s.Value is { } value) s.Value = Visit(value);
                break;
            case Break:
                if (_loopDepth == 0) context.Report.Error(TraceCodes.Jump, statement, "'break' statement is not allowed in a probe");
                break;
            case Continue:
                if (_loopDepth == 0) context.Report.Error(TraceCodes.Jump, statement, "'continue' statement is not allowed in a probe");
                break;
        }
    }

    private void VisitIf(If s)
    {
        s.Condition = Visit(s.Condition);
        bool? taken = s.IsComptime || s.Condition is Comptime ? decide(s, s.Condition) : null;
        if (taken != false) VisitBlock(s.Then);
        if (taken != true && s.Otherwise is { } otherwise) Visit(otherwise);
    }

    private void VisitAssignment(Assignment s)
    {
        s.Value = Visit(s.Value);
        switch (s.Target)
        {
            case VariableReference variable:
                if (s.Operator is not null) variable.Symbol = _scopes.Read(variable);
                else variable.Symbol = _scopes.Assign(variable, s);
                break;
            case MapReference map:
                UseMap(map, MapForm.Scalar, map);
                break;
            default:
                s.Target = Visit(s.Target);
                break;
        }
    }

    private void VisitFor(ForMap s)
    {
        TraceMap map = context.Map(s.Map.Name);
        s.Map.Map = map;
        context.UsedMaps.Add(map);
        if (!context.TryUse(map, MapForm.Keyed)) context.BadUses[s] = $"{map.Name} has no explicit keys (scalar map), and cannot be used for iteration";
        VisitLoop(s, s.Variable, s.Body, s.Captures);
    }

    private void VisitLoop(Statement loop, VariableReference variable, Block body, List<VariableSymbol> captures)
    {
        captures.Clear();
        _scopes.EnterLoop(captures);
        _scopes.Enter();
        variable.Symbol = _scopes.Declare(variable, loop, isAssigned: true);
        _loopDepth++;
        VisitBlock(body);
        _loopDepth--;
        _scopes.Leave();
        _scopes.LeaveLoop();
        TreeWalk.Visit(body, node =>
        {
            if (node is Identifier { Name: "retval" } or Identifier { Name: "ctx" } or Identifier { Name: "args" } || (node is Identifier argument && BuiltinTable.ArgumentNumber(argument.Name) >= 0))
                context.Report.Error(TraceCodes.NotInThisProbe, node, $"'{((Identifier)node).Name}' builtin is not allowed in a for-loop", "help: keep it in a variable before the loop");
            return true;
        });
    }

    private void UseMap(MapReference reference, MapForm form, Node where)
    {
        TraceMap map = reference.Map = context.Map(reference.Name);
        context.UsedMaps.Add(map);
        if (form == MapForm.Unknown || context.TryUse(map, form)) return;
        context.BadUses[where] = form == MapForm.Scalar
            ? $"{map.Name} used as a map without an explicit key (scalar map), previously used with an explicit key (non-scalar map)"
            : $"{map.Name} used as a map with an explicit key (non-scalar map), previously used without an explicit key (scalar map)";
    }
}
