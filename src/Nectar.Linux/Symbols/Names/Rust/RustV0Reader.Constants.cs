// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Linux.Symbols.Names.Rust;

internal sealed partial class RustV0Reader
{
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
}
