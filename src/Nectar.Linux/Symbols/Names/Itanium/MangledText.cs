// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Names.Itanium;

/// <summary>Where the reading of a mangled name is: the text, what it may refer back to, and how deep the reader is. All readers share it.</summary>
internal sealed class MangledText(string text)
{
    private const int MaxDepth = 256, MaxSteps = 1 << 16;
    private int _depth, _steps;

    internal int At { get; set; }

    /// <summary>Parts that <c>S_</c>, <c>S0_</c> … refer to.</summary>
    internal List<Node> Substitutions { get; } = [];

    /// <summary>The arguments that <c>T_</c>, <c>T0_</c> … refer to.</summary>
    internal List<Node> Arguments { get; set; } = [];

    /// <summary>Parameters of conversion operators that were met before their arguments.</summary>
    internal List<ForwardNode> Forwards { get; } = [];

    internal bool MayForward { get; set; }

    /// <summary>False where <c>I</c> does not belong to the type before it: in conversion operators.</summary>
    internal bool MayTakeArguments { get; set; } = true;

    /// <summary>True among the parameters of a lambda, where template parameters are those of the lambda: <c>auto</c>.</summary>
    internal bool IsInLambda { get; set; }

    internal bool IsAtEnd => At >= text.Length;

    internal string Rest => At < text.Length ? text[At..] : "";

    internal char Peek(int ahead = 0) => At + ahead < text.Length ? text[At + ahead] : '\0';

    internal bool Take(char c)
    {
        if (Peek() != c) return false;
        At++;
        return true;
    }

    internal bool Take(string s)
    {
        if (string.CompareOrdinal(text, At, s, 0, s.Length) != 0) return false;
        At += s.Length;
        return true;
    }

    internal string? Take(int count)
    {
        if (count > text.Length - At) return null;
        string taken = text.Substring(At, count);
        At += count;
        return taken;
    }

    /// <summary>Enters a part; false if the name is nested too deep or makes too much work.</summary>
    internal bool Enter() => ++_depth <= MaxDepth && ++_steps <= MaxSteps;

    internal void Leave() => _depth--;

    /// <summary>Decimal digits; -1 if there are none or too many.</summary>
    internal int Number()
    {
        if (!char.IsAsciiDigit(Peek())) return -1;
        long value = 0;
        while (char.IsAsciiDigit(Peek()) && value < int.MaxValue) value = (value * 10) + (text[At++] - '0');
        return value < int.MaxValue ? (int)value : -1;
    }

    /// <summary>A number that may be negative, as text; empty if there is none.</summary>
    internal string SignedNumber()
    {
        int start = At;
        bool negative = Take('n');
        int digits = At;
        while (char.IsAsciiDigit(Peek())) At++;
        if (At == digits)
        {
            At = start;
            return "";
        }

        return (negative ? "-" : "") + text[digits..At];
    }

    /// <summary><c>_</c> is 0, <c>0_</c> is 1 …: -1 if it is neither.</summary>
    internal int Ordinal()
    {
        if (Take('_')) return 0;
        int number = Number();
        return number >= 0 && Take('_') ? number + 1 : -1;
    }
}
