// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Bpf.Btf;

/// <summary>Names of C as names of C#.</summary>
internal static class CSharpNames
{
    private static readonly HashSet<string> s_keywords = new(StringComparer.Ordinal)
    {
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue", "decimal", "default", "delegate", "do", "double",
        "else", "enum", "event", "explicit", "extern", "false", "finally", "fixed", "float", "for", "foreach", "goto", "if", "implicit", "in", "int", "interface", "internal",
        "is", "lock", "long", "namespace", "new", "null", "object", "operator", "out", "override", "params", "private", "protected", "public", "readonly", "ref", "return",
        "sbyte", "sealed", "short", "sizeof", "stackalloc", "static", "string", "struct", "switch", "this", "throw", "true", "try", "typeof", "uint", "ulong", "unchecked",
        "unsafe", "ushort", "using", "virtual", "void", "volatile", "while", "record", "var", "nint", "nuint", "file", "required", "scoped", "dynamic", "field", "value",
    };

    // Words that only types cannot be named by.
    private static readonly HashSet<string> s_ofTypes = new(StringComparer.Ordinal) { "record", "var", "nint", "nuint", "file", "required", "scoped", "dynamic", "field", "value" };

    /// <summary>A name of C as that of a member: <c>file</c> stays, <c>in</c> is <c>@in</c>.</summary>
    internal static string Member(string name) => s_ofTypes.Contains(name) ? name : Identifier(name);

    /// <summary>A name of C as an identifier: <c>file</c> as <c>@file</c>.</summary>
    internal static string Identifier(string name)
    {
        StringBuilder text = new(name.Length + 1);
        foreach (char c in name) text.Append(char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '_');
        if (text.Length == 0 || char.IsAsciiDigit(text[0])) text.Insert(0, '_');
        string identifier = text.ToString();
        return s_keywords.Contains(identifier) ? "@" + identifier : identifier;
    }

    /// <summary>The integer of a size in bytes; null if there is none.</summary>
    internal static string? Integer(int size, bool signed) => size switch
    {
        1 => signed ? "sbyte" : "byte",
        2 => signed ? "short" : "ushort",
        4 => signed ? "int" : "uint",
        8 => signed ? "long" : "ulong",
        16 => signed ? "System.Int128" : "System.UInt128",
        _ => null,
    };
}
