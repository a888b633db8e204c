// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Syntax;

// Types: in casts, annotations, sizeof and their like.
internal sealed partial class Parser
{
    private static readonly HashSet<string> TypeNames =
    [
        "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "void",
        "min_t", "max_t", "sum_t", "count_t", "avg_t", "stats_t", "umin_t", "umax_t", "usum_t", "uavg_t", "ustats_t",
        "timestamp", "macaddr_t", "cgroup_path_t", "string", "buffer", "inet", "username_t",
    ];

    // Words of which several make one type of C.
    private static readonly HashSet<string> CWords = ["unsigned", "signed", "long", "short", "int", "char"];

    private static readonly HashSet<string> KernelWords = ["u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "__u8", "__u16", "__u32", "__u64", "__s8", "__s16", "__s32", "__s64"];

    private static bool IsTypeWord(string name) =>
        TypeNames.Contains(name) || CWords.Contains(name) || KernelWords.Contains(name) || name.EndsWith("_t", StringComparison.Ordinal);

    /// <summary>A type, read as far as it goes; null with an error if there is none.</summary>
    private TypeName? ParseType()
    {
        SkipLayout();
        int start = _position;
        if (Peek() == '(') return ParseTupleType();
        if (Word("expected type name") is not { } name) return null;
        if (name is "const" or "volatile" && IsWordStart(At(ScanLayout(_position)))) name = Word()!;
        if (name is "struct" or "union" or "enum")
        {
            if (Word("expected identifier") is not { } tag) return null;
            name = $"{name} {tag}";
        }
        else if (CWords.Contains(name))
        {
            while (CWords.Contains(_text[ScanLayout(_position)..WordEnd(ScanLayout(_position))])) name = $"{name} {Word()}";
        }

        return new TypeName { Name = name, Suffixes = ParseSuffixes(), Span = From(start) };
    }

    private TypeName? ParseTupleType()
    {
        int start = _position++;
        List<TypeName> members = [];
        SkipLayout();
        while (Peek() != ')' && !_isPanicking)
        {
            if (!Enter())
            {
                Leave();
                return null;
            }

            TypeName? member = ParseType();
            Leave();
            if (member is null) return null;
            members.Add(member);
            if (!Match(',')) break;
            SkipLayout();
        }

        if (!Expect(')')) return null;
        return new TypeName { Name = "", Members = members, Suffixes = ParseSuffixes(), Span = From(start) };
    }

    private const int MostSuffixes = 64;

    private List<int> ParseSuffixes()
    {
        List<int> suffixes = [];
        int end = _position;
        while (true)
        {
            SkipLayout();
            if (Peek() == '*')
            {
                _position++;
                suffixes.Add(-1);
            }
            else if (Peek() == '[')
            {
                _position++;
                SkipLayout();
                ulong count = 0;
                if (char.IsAsciiDigit(Peek())) count = Number().Value;
                Expect(']');
                suffixes.Add((int)Math.Min(count, int.MaxValue));
            }
            else
            {
                break;
            }

            end = _position;
            if (_isPanicking) break;
            if (suffixes.Count <= MostSuffixes) continue;
            Error($"a type with more than {MostSuffixes} pointers and arrays");
            break;
        }

        _position = end;
        return suffixes;
    }

    /// <summary>Where the type ends that is here; negative if none is. <paramref name="isCertain"/>: it can be nothing else; <paramref name="hasCount"/>: it may be an element of an array.</summary>
    private int ScanType(out bool isCertain, out bool hasCount)
    {
        isCertain = hasCount = false;
        int position = ScanLayout(_position), end = WordEnd(position);
        if (!IsWordStart(At(position))) return -1;
        string word = _text[position..end];
        while (word is "const" or "volatile")
        {
            isCertain = true;
            position = ScanLayout(end);
            end = WordEnd(position);
            word = _text[position..end];
        }

        if (word.Length == 0 || IsReservedName(word)) return -1;
        if (word is "struct" or "union" or "enum")
        {
            position = ScanLayout(end);
            if (!IsWordStart(At(position))) return -1;
            end = WordEnd(position);
            isCertain = true;
        }
        else
        {
            isCertain |= IsTypeWord(word);
            while (CWords.Contains(word))
            {
                position = ScanLayout(end);
                int next = WordEnd(position);
                word = _text[position..next];
                if (CWords.Contains(word)) end = next;
            }
        }

        while (true)
        {
            position = ScanLayout(end);
            if (At(position) == '*')
            {
                isCertain = true;
                end = position + 1;
            }
            else if (At(position) == '[')
            {
                position = ScanLayout(position + 1);
                if (At(position) != ']' && !char.IsAsciiDigit(At(position))) return end;
                int close = ScanLayout(WordEnd(position));
                if (At(close) != ']') return end;
                hasCount = true;
                end = close + 1;
            }
            else
            {
                return end;
            }
        }
    }

    /// <summary>Where the type ends that is here; negative if none is. Also <c>name[2]</c> is one here.</summary>
    private int ScanType(out bool isCertain)
    {
        int end = ScanType(out isCertain, out bool hasCount);
        isCertain |= hasCount;
        return end;
    }

    /// <summary><c>(type)value</c>, behind whose parenthesis reading is.</summary>
    private Cast? TryCast(int start)
    {
        int before = _position;
        TypeName? type;
        bool isCertain = true;
        if (IsAtWord("typeof"))
        {
            type = ParseTypeAnnotation();
            if (!Match(')'))
            {
                _position = before;
                return null;
            }
        }
        else
        {
            int end = ScanType(out isCertain, out _);
            if (end < 0 || At(ScanLayout(end)) != ')') return null;
            int value = ScanLayout(ScanLayout(end) + 1);
            if (!CanBeCast(At(value), At(value + 1), isCertain)) return null;
            type = ParseType();
            Match(')');
        }

        if (type is null) return null;
        SkipLayout();
        if (!CanBeCast(Peek(), Peek(1), isCertain))
        {
            _position = before;
            return null;
        }

        TextSpan span = From(start);
        Expression operand = Enter() ? ParseUnary() : Missing();
        Leave();
        return new Cast { Target = type, Operand = operand, Span = span };
    }

    /// <summary>Whether what follows <c>(name)</c> makes it a cast. <c>(x) - 1</c> is one only if x must be a type.</summary>
    private static bool CanBeCast(char c, char next, bool isCertain) =>
        char.IsAsciiDigit(c) || c is '$' or '@' or '"' or '(' or '~' || IsWordStart(c) || (c == '!' && next != '=') ||
        (isCertain && (c == '*' || (c is '-' or '&' && next != '=')));

    /// <summary><c>typeof(…)</c> or a type.</summary>
    private TypeName? ParseTypeAnnotation()
    {
        SkipLayout();
        int start = _position;
        if (!Match("typeof")) return ParseType();
        if (!Expect('(')) return null;
        (TypeName? type, Expression? value) = Enter() ? ParseTypeOrValue(')') : (null, null);
        Leave();
        Expect(')');
        if (type is not null) return type;
        return value is null ? null : new TypeName { Name = "", OfValue = value, Span = From(start) };
    }

    /// <summary>A type, or a value; a single word that is no type's for certain is read as a value, of which the binder decides.</summary>
    private (TypeName? Type, Expression? Value) ParseTypeOrValue(char close)
    {
        if (IsAtWord("typeof")) return (ParseTypeAnnotation(), null);
        int end = ScanType(out bool isCertain);
        if (end >= 0 && isCertain && At(ScanLayout(end)) is var next && (next == close || next == ',')) return (ParseType(), null);
        return (null, ParseExpression());
    }

    private SizeOf ParseSizeOf()
    {
        int start = _position;
        (TypeName? type, Expression? value) = ParseTypeQuestion();
        Expect(')');
        return new SizeOf { OfType = type, OfValue = value, Span = From(start) };
    }

    private (TypeName? Type, Expression? Value) ParseTypeQuestion()
    {
        _position = WordEnd(_position);
        Expect('(');
        return ParseTypeOrValue(')');
    }

    private OffsetOf ParseOffsetOf(bool isQuestion)
    {
        int start = _position;
        (TypeName? type, Expression? value) = ParseTypeQuestion();
        Expect(',');
        List<string> path = [];
        do
        {
            path.Add(Word("expected field name") ?? "");
        }
        while (Match('.') && !_isPanicking);
        Expect(')');
        return new OffsetOf { OfType = type, OfValue = value, Path = path, IsQuestion = isQuestion, Span = From(start) };
    }

    private TypeInfo ParseTypeInfo()
    {
        int start = _position;
        (TypeName? type, Expression? value) = ParseTypeQuestion();
        Expect(')');
        return new TypeInfo { OfType = type, OfValue = value, Span = From(start) };
    }
}
