// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Linux.Symbols.Names.Itanium;

/// <summary>
/// C++ names as g++ and clang mangle them (Itanium C++ ABI, chapter 5.1), written as binutils' c++filt does. What is not mangled, or in a way that
/// is not understood, is left as it is. Work and memory are bounded whatever the name says.
/// </summary>
internal static class ItaniumDemangler
{
    /// <summary>The declaration that a mangled name stands for; null if it stands for none.</summary>
    internal static string? TryDemangle(string name)
    {
        if (!name.StartsWith("_Z", StringComparison.Ordinal) && !name.StartsWith("___Z", StringComparison.Ordinal)) return null;
        MangledText s = new(name) { At = name[1] == 'Z' ? 2 : 4 };
        if (EncodingParser.Parse(s, isWhole: true) is not { } node) return null;
        string? suffix = Clones(s);
        if (suffix is null) return null;
        DemangleOutput output = new();
        node.Print(output);
        return output.IsOver ? null : output.ToString() + suffix;
    }

    /// <summary>What compilers append to functions that they copied: <c>.constprop.0.isra.1</c>.</summary>
    private static string? Clones(MangledText s)
    {
        StringBuilder text = new();
        while (!s.IsAtEnd)
        {
            if (s.Peek() != '.' || !(char.IsAsciiLetterLower(s.Peek(1)) || char.IsAsciiDigit(s.Peek(1)) || s.Peek(1) == '_')) return null;
            StringBuilder clone = new(".");
            s.At++;
            while (char.IsAsciiLetterLower(s.Peek()) || s.Peek() == '_') clone.Append(s.Take(1));
            if (clone.Length == 1)
            {
                while (char.IsAsciiDigit(s.Peek())) clone.Append(s.Take(1));
            }

            while (s.Peek() == '.' && char.IsAsciiDigit(s.Peek(1)))
            {
                clone.Append(s.Take(1));
                while (char.IsAsciiDigit(s.Peek())) clone.Append(s.Take(1));
            }

            text.Append(CultureInfo.InvariantCulture, $" [clone {clone}]");
        }

        return text.ToString();
    }
}

/// <summary>Reads whole symbols: functions, variables, and what compilers make beside them.</summary>
internal static class EncodingParser
{
    /// <summary>Two letters, and what is said before the type or name that follows.</summary>
    private static readonly Dictionary<string, string> s_ofTypes = new()
    {
        ["TV"] = "vtable for ",
        ["TT"] = "VTT for ",
        ["TI"] = "typeinfo for ",
        ["TS"] = "typeinfo name for ",
        ["TF"] = "typeinfo fn for ",
        ["TJ"] = "java Class for ",
    };

    private static readonly Dictionary<string, string> s_ofNames = new()
    {
        ["GV"] = "guard variable for ",
        ["TH"] = "TLS init function for ",
        ["TW"] = "TLS wrapper function for ",
    };

    /// <summary>Reads a symbol; the result type of a function is shown only if it is the whole name and not a part of another.</summary>
    internal static Node? Parse(MangledText s, bool isWhole = false)
    {
        if (!s.Enter()) return null;
        List<Node> outer = s.Arguments; // those of an inner function are its own
        s.Arguments = [];
        Node? node = s.Peek() is 'G' or 'T' ? Special(s) : Function(s, isWhole);
        s.Arguments = outer;
        s.Leave();
        return node;
    }

    private static Node? Function(MangledText s, bool isWhole)
    {
        NameInfo info = new();
        int firstForward = s.Forwards.Count;
        if (NameParser.Parse(s, info) is not { } name || !ResolveForwards(s, firstForward)) return null;
        if (IsEnd(s)) return name;
        Node? result = null;
        if (info.EndsWithArguments && !info.IsStructorOrConversion)
        {
            result = TypeParser.Parse(s);
            if (result is null) return null;
        }

        List<Node> parameters = [];
        if (!s.Take('v'))
        {
            while (!IsEnd(s))
            {
                if (TypeParser.Parse(s) is not { } parameter) return null;
                parameters.Add(parameter);
            }

            if (parameters.Count == 0) return null;
        }

        return new FunctionNode(isWhole ? result : null, name, parameters, info.Qualifiers, s.Arguments);
    }

    private static bool IsEnd(MangledText s) => s.Peek() is '\0' or 'E' or '.' or '_';

    private static bool ResolveForwards(MangledText s, int first)
    {
        for (int i = first; i < s.Forwards.Count; i++)
        {
            if (s.Forwards[i].Index >= s.Arguments.Count) return false;
            s.Forwards[i].Target = s.Arguments[s.Forwards[i].Index];
        }

        s.Forwards.RemoveRange(first, s.Forwards.Count - first);
        return true;
    }

    private static Node? Special(MangledText s)
    {
        string code = $"{s.Peek()}{s.Peek(1)}";
        if (s_ofTypes.TryGetValue(code, out string? words))
        {
            s.At += 2;
            return TypeParser.Parse(s) is { } type ? new WrappedNode(words, type) : null;
        }

        if (s_ofNames.TryGetValue(code, out words))
        {
            s.At += 2;
            return NameParser.Parse(s, new NameInfo()) is { } name ? new WrappedNode(words, name) : null;
        }

        s.At += 2;
        switch (code)
        {
            case "TC":
                if (TypeParser.Parse(s) is not { } derived || s.Number() < 0 || !s.Take('_') || TypeParser.Parse(s) is not { } part) return null;
                return new PairNode("construction vtable for ", part, "-in-", derived);
            case "TA":
                return ExpressionParser.Argument(s) is { } argument ? new WrappedNode("template parameter object for ", argument) : null;
            case "Tc":
                return Offset(s) && Offset(s) && Parse(s) is { } covariant ? new WrappedNode("covariant return thunk to ", covariant) : null;
            case "Th" or "Tv":
                s.At--;
                return Offset(s) && Parse(s) is { } target ? new WrappedNode(code == "Th" ? "non-virtual thunk to " : "virtual thunk to ", target) : null;
            case "GR":
                if (NameParser.Parse(s, new NameInfo()) is not { } temporary) return null;
                string number = Temporary(s);
                return new WrappedNode($"reference temporary #{number} for ", temporary);
            case "GT":
                char kind = s.Peek();
                s.At++;
                return kind is 't' or 'n' && Parse(s) is { } clone ? new WrappedNode(kind == 't' ? "transaction clone for " : "non-transaction clone for ", clone) : null;
            case "GA":
                return Parse(s) is { } alias ? new WrappedNode("hidden alias for ", alias) : null;
            default:
                return null;
        }
    }

    private static string Temporary(MangledText s)
    {
        int start = s.At;
        while (char.IsAsciiDigit(s.Peek()) || char.IsAsciiLetterUpper(s.Peek())) s.At++;
        int end = s.At;
        if (!s.Take('_')) return "0";
        long value = 0;
        s.At = start;
        if (end > start)
        {
            foreach (char c in s.Take(end - start)!) value = (value * 36) + (char.IsAsciiDigit(c) ? c - '0' : c - 'A' + 10);
            value++;
        }

        s.At = end + 1;
        return value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>How far a thunk moves <c>this</c>.</summary>
    private static bool Offset(MangledText s)
    {
        if (s.Take('h')) return s.SignedNumber().Length > 0 && s.Take('_');
        return s.Take('v') && s.SignedNumber().Length > 0 && s.Take('_') && s.SignedNumber().Length > 0 && s.Take('_');
    }
}
