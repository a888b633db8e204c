// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Linux.Symbols.Names.Rust;

/// <summary>
/// Reads one v0 name and writes it as it goes (RFC 2603): paths here, types and constants in the other parts. Back-references let a short name stand for a long one: output, depth and steps
/// are bounded.
/// </summary>
internal sealed partial class RustV0Reader(string name)
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
