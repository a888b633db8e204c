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
    private readonly RustV0Input _in = new(name);
    private readonly StringBuilder _text = new();
    private int _depth, _steps, _bound;
    private bool _isSilent;

    /// <summary>The readable name; null if the name is malformed.</summary>
    internal string? Demangle()
    {
        if (char.IsAsciiDigit(_in.Peek)) return null; // an encoding of the future
        Path(inType: false);
        if (!_in.IsBad && _in.At < _in.Length && _in.Peek != '.')
        {
            _isSilent = true; // the crate that made the instance is not shown
            Path(inType: false);
        }

        return !_in.IsBad && RustDemangler.Suffix(_in.Rest) is { } suffix ? _text.Append(suffix).ToString() : null;
    }

    private void Write(string text)
    {
        if (_isSilent || _in.IsBad) return;
        if (_text.Length + text.Length > MaxOutput) _in.Bad();
        else _text.Append(text);
    }

    private bool Enter()
    {
        if (++_steps > MaxSteps || ++_depth > MaxDepth) _in.Bad();
        return !_in.IsBad;
    }

    private void Path(bool inType, bool leaveOpen = false) => PathOpen(inType, leaveOpen);

    /// <summary>Writes a path; true if its generic arguments were left open for more.</summary>
    private bool PathOpen(bool inType, bool leaveOpen)
    {
        if (!Enter()) return false;
        bool isOpen = false;
        switch (_in.Next())
        {
            case 'C':
                _in.Disambiguator();
                Write(_in.Identifier());
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
                for (bool first = true; !_in.IsBad && !_in.Take('E'); first = false)
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
                _in.Bad();
                break;
        }

        _depth--;
        return isOpen;
    }

    private void Nested(bool inType)
    {
        char space = _in.Next();
        if (!char.IsAsciiLetter(space)) _in.Bad();
        Path(inType);
        ulong number = _in.Disambiguator();
        string identifier = _in.Identifier();
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
        _in.Disambiguator();
        Path(inType: false);
        _isSilent = silent;
    }

    private void GenericArgument()
    {
        if (_in.Take('L')) Lifetime(_in.Base62());
        else if (_in.Take('K')) Constant();
        else Type();
    }

    private void Type()
    {
        if (!Enter()) return;
        char c = _in.Peek;
        if (RustBasicTypes.Find(c) is { } basic)
        {
            _in.At++;
            Write(basic);
            _depth--;
            return;
        }

        switch (c)
        {
            case 'A' or 'S':
                _in.At++;
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
                _in.At++;
                Write("(");
                int count = 0;
                for (; !_in.IsBad && !_in.Take('E'); count++)
                {
                    if (count > 0) Write(", ");
                    Type();
                }

                Write(count == 1 ? ",)" : ")");
                break;
            case 'R' or 'Q':
                _in.At++;
                Write("&");
                if (_in.Take('L') && _in.Base62() is var lifetime and > 0)
                {
                    Lifetime(lifetime);
                    Write(" ");
                }

                if (c == 'Q') Write("mut ");
                Type();
                break;
            case 'P' or 'O':
                _in.At++;
                Write(c == 'P' ? "*const " : "*mut ");
                Type();
                break;
            case 'F':
                _in.At++;
                Function();
                break;
            case 'D':
                _in.At++;
                Dynamic();
                break;
            case 'B':
                _in.At++;
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
        if (_in.Take('U')) Write("unsafe ");
        if (_in.Take('K'))
        {
            Write("extern \"");
            if (_in.Take('C')) Write("C");
            else Write(_in.Identifier().Replace('_', '-'));
            Write("\" ");
        }

        Write("fn(");
        for (bool first = true; !_in.IsBad && !_in.Take('E'); first = false)
        {
            if (!first) Write(", ");
            Type();
        }

        Write(")");
        if (!_in.Take('u'))
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
        for (bool first = true; !_in.IsBad && !_in.Take('E'); first = false)
        {
            if (!first) Write(" + ");
            bool isOpen = PathOpen(inType: true, leaveOpen: true);
            while (!_in.IsBad && _in.Take('p'))
            {
                Write(isOpen ? ", " : "<");
                isOpen = true;
                Write(_in.Identifier());
                Write(" = ");
                Type();
            }

            if (isOpen) Write(">");
        }

        _bound = outer;
        if (!_in.Take('L')) _in.Bad();
        else if (_in.Base62() is var lifetime and > 0)
        {
            Write(" + ");
            Lifetime(lifetime);
        }
    }

    private void Binder()
    {
        if (!_in.Take('G')) return;
        ulong count = _in.Base62() + 1;
        if (count >= (ulong)_in.Length) // each is used at least once
        {
            _in.Bad();
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
            _in.Bad();
            return;
        }

        ulong depth = (ulong)_bound - index;
        Write(depth < 26 ? $"'{(char)('a' + (int)depth)}" : $"'z{depth - 25}");
    }

    private void Constant()
    {
        if (!Enter()) return;
        char type = _in.Next();
        switch (type)
        {
            case 'p':
                Write("_");
                break;
            case 'B':
                BackReference(() => { Constant(); return false; });
                break;
            case 'b':
                Write(_in.Hex(out _) switch { "0" => "false", "1" => "true", _ => _in.Bad().ToString() });
                break;
            case 'c':
                string digits = _in.Hex(out ulong rune);
                if (digits.Length > 6 || !Rune.IsValid((uint)rune)) _in.Bad();
                else Write(Character((uint)rune));
                break;
            case 'a' or 's' or 'l' or 'x' or 'n' or 'i' or 'h' or 't' or 'm' or 'y' or 'o' or 'j':
                if (type is 'a' or 's' or 'l' or 'x' or 'n' or 'i' && _in.Take('n')) Write("-");
                string number = _in.Hex(out ulong value);
                Write(number.Length <= 16 ? value.ToString(CultureInfo.InvariantCulture) : "0x" + number);
                break;
            default:
                _in.Bad();
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

    /// <summary>What was written at an earlier place of the name is written again.</summary>
    private bool BackReference(Func<bool> read)
    {
        int here = _in.At - 1;
        ulong target = _in.Base62();
        if (_in.IsBad || target >= (ulong)(here - 2))
        {
            _in.Bad();
            return false;
        }

        if (_isSilent) return false;
        int back = _in.At;
        _in.At = (int)target + 2;
        bool result = read();
        _in.At = back;
        return result;
    }
}
