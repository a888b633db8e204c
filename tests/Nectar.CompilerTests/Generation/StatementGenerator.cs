// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.CompilerTests.Generation;

/// <summary>Makes the bodies of methods: declarations, branches, bounded loops, memory, maps, and now and then what throws.</summary>
internal sealed class StatementGenerator(Random random, bool throws)
{
    private readonly ExpressionGenerator _expressions = new(random);
    private readonly StringBuilder _text = new();
    private int _names;
    private int _budget;

    /// <summary>The statements of a method with the parameter <c>ref Input input</c> that ends in <c>return</c>.</summary>
    internal string Body(int statements)
    {
        _budget = statements;
        Scope scope = new();
        for (int i = 0; i < 4; i++) Declare(scope, $"input.{(char)('A' + random.Next(8))}", 3);
        Memory(scope);
        while (_budget > 0) Statement(scope, 3);
        Line(3, $"return {Digest(scope)};");
        return _text.ToString();
    }

    private void Line(int indent, string text) => _text.Append(' ', indent * 4).Append(text).Append('\n');

    private string Name(string prefix) => prefix + _names++.ToString(CultureInfo.InvariantCulture);

    private void Declare(Scope scope, string? from, int depth, int indent = 3)
    {
        string type = _expressions.Pick(ExpressionGenerator.Integers), name = Name("v");
        Line(indent, $"{type} {name} = unchecked(({type})({from ?? _expressions.Of(type, scope, depth)}));");
        scope.AddValue(name, type);
    }

    private void Memory(Scope scope)
    {
        if (_expressions.Chance(50))
        {
            string element = _expressions.Pick(["byte", "ushort", "uint", "ulong", "int", "sbyte"]), name = Name("s");
            int length = _expressions.Pick([4, 8]);
            Line(3, $"Span<{element}> {name} = stackalloc {element}[{length}];");
            scope.AddSpan(name, element, length);
        }

        if (_expressions.Chance(40))
        {
            string name = Name("b");
            Line(3, $"Block8 {name} = default;");
            scope.AddSpan(name, "byte", 8);
        }

        if (_expressions.Chance(40))
        {
            string name = Name("w");
            Line(3, $"Words4 {name} = default;");
            scope.AddSpan(name, "ulong", 4);
        }

        if (_expressions.Chance(50))
        {
            string name = Name("p");
            Line(3, $"Pair {name} = new() {{ X = {_expressions.Of("int", scope, 1)}, Y = {_expressions.Of("long", scope, 1)}, Z = {_expressions.Of("ushort", scope, 1)} }};");
            scope.AddValue(name + ".X", "int");
            scope.AddValue(name + ".Y", "long");
            scope.AddValue(name + ".Z", "ushort");
        }
    }

    private void Statement(Scope scope, int indent)
    {
        _budget--;
        switch (random.Next(throws ? 17 : 15))
        {
            case 0 or 1:
                Declare(scope, null, 4, indent);
                break;
            case 2 or 3 or 4:
                Assign(scope, indent);
                break;
            case 5 or 6:
                If(scope, indent);
                break;
            case 7:
                For(scope, indent);
                break;
            case 8:
                While(scope, indent);
                break;
            case 9:
                Switch(scope, indent);
                break;
            case 10:
                Element(scope, indent);
                break;
            case 11:
                Map(scope, indent);
                break;
            case 12:
                Flag(scope, indent);
                break;
            case 13:
                Structs(scope, indent);
                break;
            case 14:
                Calls(scope, indent);
                break;
            case 15:
                Risk(scope, indent);
                break;
            default:
                Line(indent, $"if ({_expressions.Condition(scope, 2)}) throw new InvalidOperationException();");
                break;
        }
    }

    private (string Name, string Type)? Target(Scope scope)
    {
        (string Name, string Type, bool IsWritable)[] values = [.. scope.Values.Where(v => v.IsWritable && v.Type != "bool")];
        if (values.Length == 0) return null;
        (string name, string type, _) = _expressions.Pick(values);
        return (name, type);
    }

    private void Assign(Scope scope, int indent)
    {
        if (Target(scope) is not var (name, type)) return;
        if (_expressions.Chance(20)) Line(indent, $"{name}{_expressions.Pick(["++", "--"])};");
        else if (_expressions.Chance(40)) Line(indent, $"{name} {_expressions.Pick(["+=", "-=", "*=", "^=", "|=", "&="])} {_expressions.Of(type, scope, 3)};");
        else Line(indent, $"{name} = {_expressions.Of(type, scope, 4)};");
    }

    private void Block(Scope scope, int indent, int statements, Action<Scope>? first = null, int loops = 0)
    {
        Line(indent, "{");
        Scope inner = new(scope) { LoopDepth = scope.LoopDepth + loops };
        first?.Invoke(inner);
        for (int i = 0; i < statements; i++) Statement(inner, indent + 1);
        Line(indent, "}");
    }

    private void If(Scope scope, int indent)
    {
        Line(indent, $"if ({_expressions.Condition(scope, 3)})");
        Block(scope, indent, random.Next(1, 3));
        if (!_expressions.Chance(50)) return;
        Line(indent, "else");
        Block(scope, indent, random.Next(1, 3));
    }

    private void For(Scope scope, int indent)
    {
        if (scope.LoopDepth >= 2)
        {
            Assign(scope, indent);
            return;
        }

        string name = Name("i"), type = _expressions.Pick(["int", "uint", "int", "long", "byte"]);
        int count = random.Next(1, scope.LoopDepth == 0 ? 6 : 3);
        string head = random.Next(3) switch
        {
            0 => $"for ({type} {name} = 0; {name} < {count}; {name}++)",
            1 => $"for (int {name} = {count}; {name} > 0; {name}--)",
            _ => $"for ({type} {name} = 0; {name} < {count * 2}; {name} += 2)",
        };
        Line(indent, head);
        Block(scope, indent, random.Next(1, 3), inner => inner.AddValue(name, head.StartsWith("for (int", StringComparison.Ordinal) ? "int" : type, isWritable: false), 1);
    }

    private void While(Scope scope, int indent)
    {
        if (scope.LoopDepth >= 1)
        {
            Assign(scope, indent);
            return;
        }

        string name = Name("n");
        Line(indent, $"int {name} = 0;");
        Line(indent, $"while (true)");
        Line(indent, "{");
        Scope inner = new(scope) { LoopDepth = scope.LoopDepth + 1 };
        inner.AddValue(name, "int", isWritable: false);
        Line(indent + 1, $"if (++{name} > {random.Next(2, 5)}) break;");
        Statement(inner, indent + 1);
        Line(indent + 1, $"if ({_expressions.Condition(inner, 2)}) {_expressions.Pick(["continue", "break"])};");
        Assign(inner, indent + 1);
        Line(indent, "}");
    }

    private void Switch(Scope scope, int indent)
    {
        int[] labels = _expressions.Chance(50) ? [0, 1, 2, 3, 4] : [3, 80, 443, 8080];
        string value = _expressions.Chance(60) ? $"{_expressions.Of("uint", scope, 2)} & 7" : _expressions.Of("uint", scope, 2);
        Line(indent, $"switch ({value})");
        Line(indent, "{");
        foreach (int label in labels)
        {
            Line(indent + 1, $"case {label}:");
            Assign(new Scope(scope), indent + 2);
            Line(indent + 2, "break;");
        }

        Line(indent + 1, "default:");
        Assign(new Scope(scope), indent + 2);
        Line(indent + 2, "break;");
        Line(indent, "}");
    }

    private void Element(Scope scope, int indent)
    {
        (string Name, string Element, int Length)[] spans = [.. scope.Spans];
        if (spans.Length == 0)
        {
            Assign(scope, indent);
            return;
        }

        (string name, string element, int length) = _expressions.Pick(spans);
        string place = $"{name}[{_expressions.Index(length, scope, 3)}]";
        Line(indent, _expressions.Chance(50) ? $"{place} = {_expressions.Of(element, scope, 3)};" : $"{place} {_expressions.Pick(["+=", "^=", "|="])} {_expressions.Of(element, scope, 2)};");
    }

    private void Map(Scope scope, int indent)
    {
        string key = $"(uint)({_expressions.Of("uint", scope, 2)} & 7)";
        if (_expressions.Chance(50))
        {
            string name = Name("r");
            Line(indent, $"if (State.TryFind({key}, out Ref<ulong> {name})) {name}.Value {_expressions.Pick(["+=", "^=", "="])} {_expressions.Of("ulong", scope, 3)};");
        }
        else if (_expressions.Chance(50))
        {
            Line(indent, $"Table.Set({key}, {_expressions.Of("ulong", scope, 3)});");
        }
        else if (Target(scope) is var (target, type))
        {
            string name = Name("r");
            Line(indent, $"if (Table.TryFind({key}, out Ref<ulong> {name})) {target} = ({type}){name}.Value; else Table.Remove({key});");
        }

        if (_expressions.Chance(30)) Line(indent, $"Total += {_expressions.Of("ulong", scope, 2)};");
    }

    private void Flag(Scope scope, int indent)
    {
        string name = Name("f");
        Line(indent, $"bool {name} = {_expressions.Condition(scope, 3)};");
        scope.AddValue(name, "bool");
    }

    private void Structs(Scope scope, int indent)
    {
        string a = Name("p"), b = Name("q");
        Line(indent, $"Pair {a} = new() {{ X = {_expressions.Of("int", scope, 2)}, Z = {_expressions.Of("ushort", scope, 2)} }};");
        Line(indent, $"Pair {b} = {_expressions.Condition(scope, 1)} ? {a} : new Pair {{ Y = {_expressions.Of("long", scope, 2)} }};");
        Line(indent, $"{b}.Y += {a}.X;");
        foreach ((string field, string type) in new[] { ("X", "int"), ("Y", "long"), ("Z", "ushort") }) scope.AddValue($"{b}.{field}", type);
    }

    private void Calls(Scope scope, int indent)
    {
        string name = Name("o");
        Line(indent, $"Split({_expressions.Of("ulong", scope, 2)}, out uint {name}, out (int Low, long High) {name}t);");
        scope.AddValue(name, "uint");
        scope.AddValue($"{name}t.Low", "int");
        scope.AddValue($"{name}t.High", "long");
        if (!_expressions.Chance(50)) return;
        string optional = Name("m");
        Line(indent, $"int? {optional} = {_expressions.Condition(scope, 2)} ? {_expressions.Of("int", scope, 2)} : null;");
        Line(indent, $"int {optional}v = {optional} ?? {_expressions.Of("int", scope, 1)};");
        scope.AddValue(optional + "v", "int");
    }

    private void Risk(Scope scope, int indent)
    {
        (string Name, string Element, int Length)[] spans = [.. scope.Spans];
        if (spans.Length > 0 && _expressions.Chance(40))
        {
            (string name, string element, int length) = _expressions.Pick(spans);
            Line(indent, $"{name}[(int)({_expressions.Variable("uint", scope)} & {(length * 2) - 1})] = {_expressions.Of(element, scope, 2)};");
        }
        else if (Target(scope) is var (target, _))
        {
            string type = _expressions.Pick(ExpressionGenerator.Wide);
            string operand = _expressions.Variable(type, scope);
            string value = random.Next(3) switch
            {
                0 => $"checked({operand} {_expressions.Pick(["+", "-", "*"])} unchecked({_expressions.Of(type, scope, 1)}))",
                1 => $"({operand} {_expressions.Pick(["/", "%"])} (({type})({_expressions.Variable(type, scope)} & 3)))",
                _ => $"({type})checked(({_expressions.Pick(ExpressionGenerator.Narrow)})({operand}))",
            };
            string name = Name("c");
            Line(indent, $"{type} {name} = {value};");
            scope.AddValue(name, type);
        }
    }

    private string Digest(Scope scope)
    {
        StringBuilder digest = new("(1469598103934665603ul ^ Total)");
        foreach ((string name, string type, _) in scope.Values) digest.Insert(0, '(').Append(CultureInfo.InvariantCulture, $" * 1099511628211 ^ {(type == "bool" ? $"({name} ? 1ul : 2ul)" : $"unchecked((ulong){name})")})");
        foreach ((string name, _, int length) in scope.Spans)
        {
            for (int i = 0; i < length; i++) digest.Insert(0, '(').Append(CultureInfo.InvariantCulture, $" * 31 + unchecked((ulong){name}[{i}]))");
        }

        return digest.ToString();
    }
}
