// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Linux.Symbols.Names.Rust;

/// <summary>
/// Reads one v0 name and writes it as it goes (RFC 2603). Back-references let a short name stand for a long one: output, depth and steps
/// are bounded.
/// </summary>
internal sealed class RustV0Reader(string name)
{
    private const int MaxDepth = 128, MaxOutput = 1 << 16, MaxSteps = 1 << 16;
    private readonly StringBuilder _text = new();
    private int _at = 2, _depth, _steps, _bound;
    private bool _isBad, _isSilent;

    /// <summary>The readable name; null if the name is malformed.</summary>
    internal string? Demangle()
    {
        if (char.IsAsciiDigit(Peek)) return null; // an encoding of the future
        Path(inType: false);
        if (!_isBad && _at < name.Length && name[_at] != '.')
        {
            _isSilent = true; // the crate that made the instance is not shown
            Path(inType: false);
        }

        return !_isBad && RustDemangler.Suffix(name[_at..]) is { } suffix ? _text.Append(suffix).ToString() : null;
    }

    private char Peek => _at < name.Length ? name[_at] : '\0';

    private char Next() => _at < name.Length ? name[_at++] : Bad();

    private char Bad()
    {
        _isBad = true;
        return '\0';
    }

    private bool Take(char c)
    {
        if (Peek != c) return false;
        _at++;
        return true;
    }

    private void Write(string text)
    {
        if (_isSilent || _isBad) return;
        if (_text.Length + text.Length > MaxOutput) _isBad = true;
        else _text.Append(text);
    }

    private bool Enter()
    {
        if (++_steps > MaxSteps || ++_depth > MaxDepth) _isBad = true;
        return !_isBad;
    }

    private void Path(bool inType, bool leaveOpen = false) => PathOpen(inType, leaveOpen);

    /// <summary>Writes a path; true if its generic arguments were left open for more.</summary>
    private bool PathOpen(bool inType, bool leaveOpen)
    {
        if (!Enter()) return false;
        bool isOpen = false;
        switch (Next())
        {
            case 'C':
                Disambiguator();
                Write(Identifier());
                break;
            case 'M':
                ImplPath();
                Write("<");
                Type();
                Write(">");
                break;
            case 'X':
                ImplPath();
                TraitImpl();
                break;
            case 'Y':
                TraitImpl();
                break;
            case 'N':
                Nested(inType);
                break;
            case 'I':
                Path(inType);
                Write(inType ? "<" : "::<");
                for (bool first = true; !_isBad && !Take('E'); first = false)
                {
                    if (!first) Write(", ");
                    GenericArgument();
                }

                isOpen = leaveOpen;
                if (!isOpen) Write(">");
                break;
            case 'B':
                isOpen = BackReference(() => PathOpen(inType, leaveOpen));
                break;
            default:
                Bad();
                break;
        }

        _depth--;
        return isOpen;
    }

    private void Nested(bool inType)
    {
        char space = Next();
        if (!char.IsAsciiLetter(space)) Bad();
        Path(inType);
        ulong number = Disambiguator();
        string identifier = Identifier();
        if (char.IsAsciiLetterUpper(space))
        {
            string kind = space switch { 'C' => "closure", 'S' => "shim", _ => space.ToString() };
            Write($"::{{{kind}{(identifier.Length > 0 ? ":" + identifier : "")}#{number.ToString(CultureInfo.InvariantCulture)}}}");
        }
        else if (identifier.Length > 0)
        {
            Write("::" + identifier);
        }
    }

    private void TraitImpl()
    {
        Write("<");
        Type();
        Write(" as ");
        Path(inType: true);
        Write(">");
    }

    /// <summary>Where an impl block stands: read, not shown.</summary>
    private void ImplPath()
    {
        bool silent = _isSilent;
        _isSilent = true;
        Disambiguator();
        Path(inType: false);
        _isSilent = silent;
    }

    private void GenericArgument()
    {
        if (Take('L')) Lifetime(Base62());
        else if (Take('K')) Constant();
        else Type();
    }

    private void Type()
    {
        if (!Enter()) return;
        char c = Peek;
        if (Basic(c) is { } basic)
        {
            _at++;
            Write(basic);
            _depth--;
            return;
        }

        switch (c)
        {
            case 'A' or 'S':
                _at++;
                Write("[");
                Type();
                if (c == 'A')
                {
                    Write("; ");
                    Constant();
                }

                Write("]");
                break;
            case 'T':
                _at++;
                Write("(");
                int count = 0;
                for (; !_isBad && !Take('E'); count++)
                {
                    if (count > 0) Write(", ");
                    Type();
                }

                Write(count == 1 ? ",)" : ")");
                break;
            case 'R' or 'Q':
                _at++;
                Write("&");
                if (Take('L') && Base62() is var lifetime and > 0)
                {
                    Lifetime(lifetime);
                    Write(" ");
                }

                if (c == 'Q') Write("mut ");
                Type();
                break;
            case 'P' or 'O':
                _at++;
                Write(c == 'P' ? "*const " : "*mut ");
                Type();
                break;
            case 'F':
                _at++;
                Function();
                break;
            case 'D':
                _at++;
                Dynamic();
                break;
            case 'B':
                _at++;
                BackReference(() => { Type(); return false; });
                break;
            default:
                Path(inType: true);
                break;
        }

        _depth--;
    }

    private void Function()
    {
        int outer = _bound;
        Binder();
        if (Take('U')) Write("unsafe ");
        if (Take('K'))
        {
            Write("extern \"");
            if (Take('C')) Write("C");
            else Write(Identifier().Replace('_', '-'));
            Write("\" ");
        }

        Write("fn(");
        for (bool first = true; !_isBad && !Take('E'); first = false)
        {
            if (!first) Write(", ");
            Type();
        }

        Write(")");
        if (!Take('u'))
        {
            Write(" -> ");
            Type();
        }

        _bound = outer;
    }

    private void Dynamic()
    {
        int outer = _bound;
        Write("dyn ");
        Binder();
        for (bool first = true; !_isBad && !Take('E'); first = false)
        {
            if (!first) Write(" + ");
            bool isOpen = PathOpen(inType: true, leaveOpen: true);
            while (!_isBad && Take('p'))
            {
                Write(isOpen ? ", " : "<");
                isOpen = true;
                Write(Identifier());
                Write(" = ");
                Type();
            }

            if (isOpen) Write(">");
        }

        _bound = outer;
        if (!Take('L')) Bad();
        else if (Base62() is var lifetime and > 0)
        {
            Write(" + ");
            Lifetime(lifetime);
        }
    }

    private void Binder()
    {
        if (!Take('G')) return;
        ulong count = Base62() + 1;
        if (count >= (ulong)name.Length) // each is used at least once
        {
            Bad();
            return;
        }

        Write("for<");
        for (ulong i = 0; i < count; i++)
        {
            if (i > 0) Write(", ");
            _bound++;
            Lifetime(1);
        }

        Write("> ");
    }

    private void Lifetime(ulong index)
    {
        if (index == 0)
        {
            Write("'_");
            return;
        }

        if (index > (ulong)_bound)
        {
            Bad();
            return;
        }

        ulong depth = (ulong)_bound - index;
        Write(depth < 26 ? $"'{(char)('a' + (int)depth)}" : $"'z{depth - 25}");
    }

    private void Constant()
    {
        if (!Enter()) return;
        char type = Next();
        switch (type)
        {
            case 'p':
                Write("_");
                break;
            case 'B':
                BackReference(() => { Constant(); return false; });
                break;
            case 'b':
                Write(Hex(out _) switch { "0" => "false", "1" => "true", _ => Bad().ToString() });
                break;
            case 'c':
                string digits = Hex(out ulong rune);
                if (digits.Length > 6 || !Rune.IsValid((uint)rune)) Bad();
                else Write(Character((uint)rune));
                break;
            case 'a' or 's' or 'l' or 'x' or 'n' or 'i' or 'h' or 't' or 'm' or 'y' or 'o' or 'j':
                if (type is 'a' or 's' or 'l' or 'x' or 'n' or 'i' && Take('n')) Write("-");
                string number = Hex(out ulong value);
                Write(number.Length <= 16 ? value.ToString(CultureInfo.InvariantCulture) : "0x" + number);
                break;
            default:
                Bad();
                break;
        }

        _depth--;
    }

    private static string Character(uint rune) => rune switch
    {
        '\t' => @"'\t'",
        '\r' => @"'\r'",
        '\n' => @"'\n'",
        '\\' => @"'\\'",
        '"' => "'\"'",
        '\'' => @"'\''",
        >= 32 and < 127 => $"'{(char)rune}'",
        _ => $@"'\u{{{rune:x}}}'",
    };

    private string Hex(out ulong value)
    {
        int start = _at;
        value = 0;
        while (char.IsAsciiHexDigitLower(Peek)) value = (value << 4) | (uint)Convert.ToInt32(name[_at++].ToString(), 16);
        string digits = name[start.._at];
        if (digits.Length == 0 || !Take('_')) Bad();
        return digits;
    }

    /// <summary>What was written at an earlier place of the name is written again.</summary>
    private bool BackReference(Func<bool> read)
    {
        int here = _at - 1;
        ulong target = Base62();
        if (_isBad || target >= (ulong)(here - 2))
        {
            Bad();
            return false;
        }

        if (_isSilent) return false;
        int back = _at;
        _at = (int)target + 2;
        bool result = read();
        _at = back;
        return result;
    }

    private ulong Disambiguator() => Take('s') ? Base62() + 1 : 0;

    private ulong Base62()
    {
        if (Take('_')) return 0;
        ulong value = 0;
        while (!_isBad && !Take('_'))
        {
            char c = Next();
            int digit = c switch { >= '0' and <= '9' => c - '0', >= 'a' and <= 'z' => c - 'a' + 10, >= 'A' and <= 'Z' => c - 'A' + 36, _ => -1 };
            if (digit < 0 || value > (ulong.MaxValue - 62) / 62) Bad();
            else value = (value * 62) + (uint)digit;
        }

        return value + 1;
    }

    private string Identifier()
    {
        bool isPunycode = Take('u');
        int length = 0;
        if (!char.IsAsciiDigit(Peek)) Bad();
        if (!Take('0')) // numbers have no leading zero: digits behind one belong to what follows
        {
            while (char.IsAsciiDigit(Peek) && length < name.Length) length = (length * 10) + (name[_at++] - '0');
        }

        Take('_');
        if (_isBad || length > name.Length - _at)
        {
            Bad();
            return "";
        }

        string text = name.Substring(_at, length);
        _at += length;
        return isPunycode ? Punycode.Decode(text) ?? $"punycode{{{text}}}" : text;
    }

    private static string? Basic(char c) => c switch
    {
        'a' => "i8",
        'b' => "bool",
        'c' => "char",
        'd' => "f64",
        'e' => "str",
        'f' => "f32",
        'h' => "u8",
        'i' => "isize",
        'j' => "usize",
        'l' => "i32",
        'm' => "u32",
        'n' => "i128",
        'o' => "u128",
        'p' => "_",
        's' => "i16",
        't' => "u16",
        'u' => "()",
        'v' => "...",
        'x' => "i64",
        'y' => "u64",
        'z' => "!",
        _ => null,
    };
}
