// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Names.Itanium;

/// <summary>What the two letters of an operator stand for (Itanium C++ ABI 5.1.3.1), and how many operands it has in an expression.</summary>
internal static class OperatorTable
{
    internal static readonly Dictionary<string, (string Text, int Operands)> All = new()
    {
        ["aN"] = ("&=", 2),
        ["aS"] = ("=", 2),
        ["aa"] = ("&&", 2),
        ["ad"] = ("&", 1),
        ["an"] = ("&", 2),
        ["at"] = ("alignof ", 1),
        ["aw"] = ("co_await ", 1),
        ["az"] = ("alignof ", 1),
        ["cc"] = ("const_cast", 2),
        ["cl"] = ("()", 2),
        ["cm"] = (",", 2),
        ["co"] = ("~", 1),
        ["dV"] = ("/=", 2),
        ["da"] = ("delete[] ", 1),
        ["dc"] = ("dynamic_cast", 2),
        ["de"] = ("*", 1),
        ["dl"] = ("delete ", 1),
        ["ds"] = (".*", 2),
        ["dt"] = (".", 2),
        ["dv"] = ("/", 2),
        ["eO"] = ("^=", 2),
        ["eo"] = ("^", 2),
        ["eq"] = ("==", 2),
        ["ge"] = (">=", 2),
        ["gs"] = ("::", 1),
        ["gt"] = (">", 2),
        ["ix"] = ("[]", 2),
        ["lS"] = ("<<=", 2),
        ["le"] = ("<=", 2),
        ["ls"] = ("<<", 2),
        ["lt"] = ("<", 2),
        ["mI"] = ("-=", 2),
        ["mL"] = ("*=", 2),
        ["mi"] = ("-", 2),
        ["ml"] = ("*", 2),
        ["mm"] = ("--", 1),
        ["na"] = ("new[]", 3),
        ["ne"] = ("!=", 2),
        ["ng"] = ("-", 1),
        ["nt"] = ("!", 1),
        ["nw"] = ("new", 3),
        ["oR"] = ("|=", 2),
        ["oo"] = ("||", 2),
        ["or"] = ("|", 2),
        ["pL"] = ("+=", 2),
        ["pl"] = ("+", 2),
        ["pm"] = ("->*", 2),
        ["pp"] = ("++", 1),
        ["ps"] = ("+", 1),
        ["pt"] = ("->", 2),
        ["qu"] = ("?", 3),
        ["rM"] = ("%=", 2),
        ["rS"] = (">>=", 2),
        ["rc"] = ("reinterpret_cast", 2),
        ["rm"] = ("%", 2),
        ["rs"] = (">>", 2),
        ["sc"] = ("static_cast", 2),
        ["ss"] = ("<=>", 2),
        ["st"] = ("sizeof ", 1),
        ["sz"] = ("sizeof ", 1),
        ["tr"] = ("throw", 0),
        ["tw"] = ("throw ", 1),
    };

    /// <summary>Types of one letter.</summary>
    internal static string? Builtin(char letter) => letter switch
    {
        'a' => "signed char",
        'b' => "bool",
        'c' => "char",
        'd' => "double",
        'e' => "long double",
        'f' => "float",
        'g' => "__float128",
        'h' => "unsigned char",
        'i' => "int",
        'j' => "unsigned int",
        'l' => "long",
        'm' => "unsigned long",
        'n' => "__int128",
        'o' => "unsigned __int128",
        's' => "short",
        't' => "unsigned short",
        'v' => "void",
        'w' => "wchar_t",
        'x' => "long long",
        'y' => "unsigned long long",
        'z' => "...",
        _ => null,
    };

    /// <summary>Types of <c>D</c> and a letter.</summary>
    internal static string? BuiltinD(char letter) => letter switch
    {
        'a' => "auto",
        'c' => "decltype(auto)",
        'd' => "decimal64",
        'e' => "decimal128",
        'f' => "decimal32",
        'h' => "half",
        'i' => "char32_t",
        'n' => "decltype(nullptr)",
        's' => "char16_t",
        'u' => "char8_t",
        _ => null,
    };

    /// <summary>The abbreviations of the standard library, in full.</summary>
    internal static Node? Standard(char letter) => letter switch
    {
        'a' => new TextNode("std::allocator", "allocator"),
        'b' => new TextNode("std::basic_string", "basic_string"),
        's' => new TextNode("std::basic_string<char, std::char_traits<char>, std::allocator<char> >", "basic_string"),
        'i' => new TextNode("std::basic_istream<char, std::char_traits<char> >", "basic_istream"),
        'o' => new TextNode("std::basic_ostream<char, std::char_traits<char> >", "basic_ostream"),
        'd' => new TextNode("std::basic_iostream<char, std::char_traits<char> >", "basic_iostream"),
        _ => null,
    };
}
