// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Declarations;
using Nectar.Trace.Language.Syntax;

namespace Nectar.Trace.Language.Macros;

/// <summary>
/// Replaces uses of a script's macros by their bodies and of C's <c>#define</c>s by their values. Macros are hygienic: their own variables get
/// names that nobody else can write (<c>$$macro_x</c>), maps come in as arguments only. The tree is copied on the way.
/// </summary>
internal sealed partial class MacroExpander : AstCloner
{
    // Macros that use macros grow fast.
    private const int MaxExpansions = 100_000, MaxDepth = 200;

    private readonly MacroTable _macros;
    private readonly CDeclarations _c;
    private readonly MacroReport _report;
    private readonly Dictionary<string, Expression?> _values = new(StringComparer.Ordinal);
    private readonly List<string> _openValues = [];
    private readonly List<Macro> _open = [];
    private Frame? _frame;
    private int _expansions;
    private bool _isExhausted;

    /// <summary>One use of a macro.</summary>
    private sealed class Frame
    {
        public required Macro Macro { get; init; }

        public required int Depth { get; init; }

        /// <summary>Where it is used: what is wrong with the copy is reported there.</summary>
        public required TextSpan Place { get; init; }

        /// <summary>The macro whose body uses it.</summary>
        public Frame? Outer { get; init; }

        public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, string> Maps { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, Expression> Arguments { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Own { get; } = new(StringComparer.Ordinal);
    }

    private MacroExpander(MacroTable macros, CDeclarations c, MacroReport report) => (_macros, _c, _report) = (macros, c, report);

    /// <summary>Probes and functions with everything replaced; the script's own lists are changed.</summary>
    public static void Expand(Script script, CDeclarations c, DiagnosticBag diagnostics)
    {
        MacroReport report = new(diagnostics);
        MacroExpander expander = new(new MacroTable(script.Macros, report), c, report);
        for (int i = 0; i < script.Probes.Count; i++) script.Probes[i] = expander.Visit(script.Probes[i]);
        for (int i = 0; i < script.Functions.Count; i++) script.Functions[i] = expander.Visit(script.Functions[i]);
        script.Macros.Clear();
    }

    protected override Expression VisitIdentifier(Identifier e)
    {
        if (_frame is not null && _frame.Arguments.TryGetValue(e.Name, out Expression? argument))
        {
            RefuseTypes(argument);
            return AstCloner.Clone(argument);
        }

        if (_macros.Has(e.Name)) return Use(e, e.Name, []) ?? base.VisitIdentifier(e);
        return _c.Macros.TryGetValue(e.Name, out CMacro? macro) && macro.Parameters is null ? ValueOf(macro, e, []) : base.VisitIdentifier(e);
    }

    protected override Expression VisitCall(Call e)
    {
        List<Expression> arguments = VisitArguments(e);
        if (_macros.Has(e.Name) && Use(e, e.Name, arguments) is { } used) return used;
        if (_c.Macros.TryGetValue(e.Name, out CMacro? macro) && macro.Parameters is not null) return ValueOf(macro, e, arguments);
        if (e.Name == "container_of" && arguments.Count == 3) return ContainerOf(e, arguments);
        foreach (Expression argument in arguments) RefuseTypes(argument);
        return new Call { Name = e.Name, Arguments = arguments, Span = e.Span, ExpandedFrom = _frame is null ? [] : [.. Uses(_frame)] };
    }

    private static IEnumerable<TextSpan> Uses(Frame frame)
    {
        for (Frame? at = frame; at is not null; at = at.Outer) yield return at.Place;
    }

    /// <summary>A type that came in as an argument may go on to another macro; whether that takes types is seen there.</summary>
    private List<Expression> VisitArguments(Call call)
    {
        List<Expression> result = new(call.Arguments.Count);
        foreach (Expression argument in call.Arguments)
        {
            bool isType = argument is Identifier name && _frame is not null && _frame.Arguments.TryGetValue(name.Name, out Expression? given) && given is TypeArgument;
            result.Add(isType ? AstCloner.Clone(_frame!.Arguments[((Identifier)argument).Name]) : Visit(argument));
        }

        return result;
    }

    private void RefuseTypes(Expression argument)
    {
        if (argument is not TypeArgument) return;
        _report.Error(argument.Span, "When used as a call argument, `typeof` builtin only valid for macro calls that are expecting a type parameter");
    }

    /// <summary>A macro's body in the place of its use; null if there is none for these arguments.</summary>
    private Expression? Use(Expression use, string name, List<Expression> arguments)
    {
        if (Choose(use, name, arguments) is not { } macro) return null;
        if (macro.Body is BlockExpression body) return (Expression?)Enter(macro, use, arguments, () => Visit(body));
        _report.Error(use.Span, $"macro {name}() has no value", "help: a macro's value is its last expression, written without ';'");
        return null;
    }

    protected override Statement Visit(Statement statement)
    {
        if (statement is ExpressionStatement { Value: Call or Identifier } use)
        {
            (string name, List<Expression> arguments) = use.Value is Call call ? (call.Name, VisitArguments(call)) : (((Identifier)use.Value).Name, []);
            bool isParameter = use.Value is Identifier && _frame is not null && _frame.Arguments.ContainsKey(name);
            if (_macros.Has(name) && !isParameter && Choose(use.Value, name, arguments) is { } macro)
            {
                Node body = macro.Body;
                if (Enter(macro, use.Value, arguments, () => body is Block block ? VisitBlock(block) : Visit((BlockExpression)body)) is not { } expanded) return base.Visit(statement);
                return expanded is Statement block ? block : new ExpressionStatement { Value = (Expression)expanded, IsDiscard = use.IsDiscard, Span = use.Span };
            }

            if (_macros.Has(name) && !isParameter) return base.Visit((Statement)new ExpressionStatement { Value = new Identifier { Name = "", Span = use.Span }, Span = use.Span });
        }

        return base.Visit(statement);
    }

    private Macro? Choose(Expression use, string name, List<Expression> arguments)
    {
        if (_macros.Find(name, arguments, out Macro? closest) is not { } macro)
        {
            // a function of the language with the same name takes other arguments
            if (!Natives.Contains(name)) Explain(use, name, arguments, closest!);
            return null;
        }

        int at = _open.IndexOf(macro);
        if (at < 0) return macro;
        _report.Error(use.Span, $"Recursive macro call detected. Call chain: {string.Join(" > ", _open.Skip(at).Select(m => m.Name))} > {macro.Name}");
        return null;
    }

    private void Explain(Expression use, string name, List<Expression> arguments, Macro closest)
    {
        _report.Error(use.Span, $"Call to {name}() has arguments that do not match any definition.");
        if (closest.Parameters.Count != arguments.Count)
        {
            _report.Error(closest.Span, $"The closest definition of {name}() has a different number of arguments. Expected: {closest.Parameters.Count} but got {arguments.Count}");
            return;
        }

        for (int i = 0; i < arguments.Count; i++)
        {
            (string? expected, string parameter) = closest.Parameters[i] switch
            {
                MapReference m when arguments[i] is not MapReference => ("map", m.Name),
                VariableReference v when arguments[i] is not VariableReference => ("variable", v.Name),
                _ => (null, ""),
            };
            if (expected is null) continue;
            string got = arguments[i] switch { VariableReference => "a variable", MapReference => "a map", _ => "an expression" };
            _report.Error(arguments[i].Span, $"Mismatched arg. {name}() expects a {expected} for arg {parameter} but got {got}.");
            _report.Error(closest.Parameters[i].Span, "This is the argument in the closest definition.");
        }
    }

    /// <summary>Counts one more use of a macro; false, and an error the first time, if there are too many.</summary>
    private bool MayExpand(TextSpan use, int depth)
    {
        if (_isExhausted) return false;
        if (++_expansions <= MaxExpansions && depth <= MaxDepth) return true;
        _isExhausted = true;
        _report.Error(use, $"macros are used more than {MaxExpansions} times, or in one another more than {MaxDepth} deep");
        return false;
    }

    private Node? Enter(Macro macro, Expression use, List<Expression> arguments, Func<Node> copy)
    {
        if (!MayExpand(use.Span, _open.Count)) return null;

        Frame frame = new() { Macro = macro, Depth = _open.Count + 1, Place = use.Span, Outer = _frame };
        for (int i = 0; i < arguments.Count; i++)
        {
            switch (macro.Parameters[i])
            {
                case VariableReference v: frame.Variables[v.Name] = ((VariableReference)arguments[i]).Name; break;
                case MapReference m: frame.Maps[m.Name] = ((MapReference)arguments[i]).Name; break;
                // a variable or map for an expression is its value: the macro cannot assign to it
                case Identifier name when arguments[i] is VariableReference or MapReference:
                    frame.Arguments[name.Name] = new BlockExpression { Statements = [], Value = arguments[i], Span = arguments[i].Span };
                    break;
                case Identifier name: frame.Arguments[name.Name] = arguments[i]; break;
            }
        }

        Frame? outer = _frame;
        _frame = frame;
        _open.Add(macro);
        Node result = copy();
        _open.RemoveAt(_open.Count - 1);
        _frame = outer;
        return result;
    }

    protected override VariableReference VisitVariable(VariableReference v) => new() { Name = Rename(v.Name), Span = v.Span };

    private string Rename(string name)
    {
        if (_frame is null) return name;
        if (_frame.Variables.TryGetValue(name, out string? given)) return given;
        if (!_frame.Own.Contains(name)) return name;
        return _frame.Depth == 1 ? $"$${_frame.Macro.Name}_{name}" : $"$${_frame.Macro.Name}_{_frame.Depth}_{name}";
    }

    protected override VariableReference VisitLoopVariable(VariableReference variable)
    {
        if (_frame is not null && !_frame.Variables.ContainsKey(variable.Name)) _frame.Own.Add(variable.Name);
        return VisitVariable(variable);
    }

    protected override Statement VisitLet(Let s)
    {
        if (_frame is not null)
        {
            if (_frame.Variables.ContainsKey(s.Variable.Name)) _report.Error(s.Span, $"Variable declaration shadows macro arg {s.Variable.Name}");
            _frame.Own.Add(s.Variable.Name);
        }

        return base.VisitLet(s);
    }

    protected override Statement VisitAssignment(Assignment s)
    {
        if (_frame is not null && s.Target is VariableReference v && !_frame.Variables.ContainsKey(v.Name)) _frame.Own.Add(v.Name);
        return base.VisitAssignment(s);
    }

    protected override MapReference VisitMap(MapReference m)
    {
        if (_frame is null) return base.VisitMap(m);
        if (_frame.Maps.TryGetValue(m.Name, out string? given)) return new MapReference { Name = given, Span = m.Span };
        _report.Error(m.Span, $"Unhygienic access to map: {m.Name}. Maps must be passed into the macro as arguments.");
        return base.VisitMap(m);
    }
}
