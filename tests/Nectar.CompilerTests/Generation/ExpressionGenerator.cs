// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.CompilerTests.Generation;

/// <summary>Makes expressions that neither throw nor depend on anything but their operands.</summary>
internal sealed class ExpressionGenerator(Random random)
{
    internal static readonly string[] Narrow = ["sbyte", "byte", "short", "ushort"];
    internal static readonly string[] Wide = ["int", "uint", "long", "ulong"];
    internal static readonly string[] Integers = [.. Narrow, .. Wide];

    internal T Pick<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];

    internal bool Chance(int percent) => random.Next(100) < percent;

    internal static int Bits(string type) => type switch { "sbyte" or "byte" => 8, "short" or "ushort" => 16, "int" or "uint" => 32, _ => 64 };

    internal static bool IsSigned(string type) => type is "sbyte" or "short" or "int" or "long";

    /// <summary>An expression of a type.</summary>
    internal string Of(string type, Scope scope, int depth)
    {
        if (type == "bool") return Condition(scope, depth);
        if (Narrow.Contains(type)) return depth <= 0 || Chance(30) ? Leaf(type, scope) : $"({type})({Of(Pick(Wide), scope, depth - 1)})";
        if (depth <= 0 || Chance(10)) return Leaf(type, scope);
        return random.Next(16) switch
        {
            < 5 => $"({Of(type, scope, depth - 1)} {Pick(["+", "-", "*", "&", "|", "^"])} {Of(type, scope, depth - 1)})",
            5 => Shift(type, scope, depth),
            6 => Division(type, scope, depth),
            7 => $"({type})({Of(Pick(Integers), scope, depth - 1)})",
            8 => $"({Condition(scope, depth - 1)} ? {Of(type, scope, depth - 1)} : {Of(type, scope, depth - 1)})",
            9 => Unary(type, scope, depth),
            10 => Library(type, scope, depth),
            11 => Switch(type, scope, depth),
            12 => Element(type, scope, depth),
            13 => $"Mix<{type}>({Of(type, scope, depth - 1)}, {Of(type, scope, depth - 1)})",
            14 => Constant(type),
            _ => $"({Of(type, scope, depth - 1)} {Pick(["+", "-", "*", "&", "|", "^"])} {Constant(type)})",
        };
    }

    /// <summary>An index below a power of two.</summary>
    internal string Index(int length, Scope scope, int depth) => Chance(20) ? random.Next(length).ToString(CultureInfo.InvariantCulture) : $"(int)({Of(Pick(["uint", "int", "ulong"]), scope, depth - 1)} & {length - 1})";

    internal string Constant(string type)
    {
        long value = random.Next(6) switch
        {
            0 => random.Next(-3, 4),
            1 => random.Next(0, 256),
            2 => 1L << random.Next(64),
            3 => (1L << random.Next(64)) - 1,
            4 => random.NextInt64(long.MinValue, long.MaxValue),
            _ => random.Next(int.MinValue, int.MaxValue),
        };
        return type switch
        {
            "sbyte" => $"unchecked((sbyte){(sbyte)value})",
            "byte" => $"(byte){(byte)value}",
            "short" => $"unchecked((short){(short)value})",
            "ushort" => $"(ushort){(ushort)value}",
            "int" => (int)value == int.MinValue ? "int.MinValue" : $"({(int)value})",
            "uint" => $"{(uint)value}u",
            "long" => value == long.MinValue ? "long.MinValue" : $"({value}L)",
            _ => $"{(ulong)value}ul",
        };
    }

    /// <summary>A variable, which no compiler knows the value of.</summary>
    internal string Variable(string type, Scope scope)
    {
        (string name, _, _) = Pick([.. scope.Values.Where(v => v.Type != "bool")]);
        return $"unchecked(({type}){name})";
    }

    private string Leaf(string type, Scope scope)
    {
        (string Name, string Type, bool IsWritable)[] values = [.. scope.Values.Where(v => v.Type != "bool")];
        if (values.Length == 0 || Chance(15)) return Constant(type);
        (string name, string from, _) = Pick(values);
        return from == type ? name : $"({type}){name}";
    }

    internal string Condition(Scope scope, int depth)
    {
        string[] flags = [.. scope.Values.Where(v => v.Type == "bool").Select(v => v.Name)];
        if (depth <= 0 && flags.Length > 0 && Chance(30)) return Pick(flags);
        string type = Pick(Integers);
        return (depth <= 0 ? random.Next(3) : random.Next(8)) switch
        {
            0 or 3 => $"({Of(type, scope, depth - 1)} {Pick(["<", "<=", ">", ">=", "==", "!="])} {Of(type, scope, depth - 1)})",
            1 => $"({Of(type, scope, depth - 1)} {Pick(["<", "<=", ">", ">=", "==", "!="])} {Constant(type)})",
            2 => $"(({Of(Pick(["uint", "int"]), scope, depth - 1)} & {1 << random.Next(20)}) {Pick(["==", "!="])} 0)",
            4 => $"({Condition(scope, depth - 1)} {Pick(["&&", "||", "&", "|", "^"])} {Condition(scope, depth - 1)})",
            5 => $"!{Condition(scope, depth - 1)}",
            6 => $"({Of(type, scope, depth - 1)} is {Pattern(type)})",
            _ => $"({Condition(scope, depth - 1)} == {Condition(scope, depth - 1)})",
        };
    }

    // A pattern that can be false and can be true, which the C# compiler insists on.
    private string Pattern(string type)
    {
        int low = random.Next(0, 60), high = low + 2 + random.Next(50);
        return random.Next(3) switch
        {
            0 => $"({low} or {high})",
            1 => $"(> {low} and < {high})",
            _ => $"(not ({low} or {high}))",
        };
    }

    private string Shift(string type, Scope scope, int depth)
    {
        string count = Chance(60) ? random.Next(Bits(type)).ToString(CultureInfo.InvariantCulture) : $"(int)({Of("int", scope, depth - 1)})";
        return $"({Of(type, scope, depth - 1)} {Pick(["<<", ">>", ">>>"])} {count})";
    }

    private string Division(string type, Scope scope, int depth)
    {
        string operand = Of(type, scope, depth - 1);
        string divisor = random.Next(3) switch
        {
            0 => IsSigned(type) && Chance(40) ? $"(-{random.Next(2, 1000)})" : random.Next(1, 1000).ToString(CultureInfo.InvariantCulture),
            1 => (1 << random.Next(1, 20)).ToString(CultureInfo.InvariantCulture),
            _ => $"(({Of(type, scope, depth - 1)} & 0x3fff) + 1)",
        };
        return $"({operand} {Pick(["/", "%"])} ({type}){divisor})";
    }

    private string Unary(string type, Scope scope, int depth)
    {
        string operand = Of(type, scope, depth - 1);
        return type == "ulong" || Chance(50) ? $"(~{operand})" : $"(({type})(-{operand}))";
    }

    private string Library(string type, Scope scope, int depth)
    {
        string Operand(string t) => Of(t, scope, depth - 1);
        string unsigned = Bits(type) == 64 ? "ulong" : "uint";
        string call = random.Next(8) switch
        {
            0 => $"Math.Min({Operand(type)}, {Operand(type)})",
            1 => $"Math.Max({Operand(type)}, {Operand(type)})",
            // .NET 10 takes a rotated constant for a number without sign afterwards, so that the reference would be wrong: what is rotated comes from a call.
            2 => $"BitOperations.RotateLeft(Mix<{unsigned}>({Operand(unsigned)}, 0), {random.Next(64)})",
            3 => $"BitOperations.PopCount({Operand(unsigned)})",
            4 => $"BitOperations.LeadingZeroCount({Operand(unsigned)})",
            5 => $"BitOperations.TrailingZeroCount({Operand(unsigned)})",
            6 => $"BinaryPrimitives.ReverseEndianness({Operand(type)})",
            _ => $"BitOperations.Log2({Operand(unsigned)})",
        };
        return $"(({type}){call})";
    }

    private string Switch(string type, Scope scope, int depth)
    {
        string[] labels = Chance(50) ? ["0", "1", "2", "3"] : ["7", "80", "109", "115"];
        string arms = string.Concat(labels.Select(label => $"{label} => {Of(type, scope, depth - 2)}, "));
        return $"(({Of(Pick(["int", "uint", "byte"]), scope, depth - 1)}) switch {{ {arms}_ => {Of(type, scope, depth - 2)} }})";
    }

    private string Element(string type, Scope scope, int depth)
    {
        (string Name, string Element, int Length)[] spans = [.. scope.Spans];
        if (spans.Length == 0) return Leaf(type, scope);
        (string name, string element, int length) = Pick(spans);
        return $"({type}){name}[{Index(length, scope, depth)}]";
    }
}
