// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Bpf.Asm;
using Nectar.Bpf.Diagnostics;

/// <summary>One <c>key=value</c> of a directive, or a bare word.</summary>
/// <param name="Key">What stands before the sign; the word itself if there is none.</param>
/// <param name="Text">The value without quotes; empty for a bare word.</param>
/// <param name="Start">Where the value starts (the key of a bare word).</param>
/// <param name="End">Where it ends.</param>
internal readonly record struct Argument(string Key, string Text, int Start, int End)
{
    /// <summary>Reads the next argument; false at the end of the line.</summary>
    public static bool TryRead(Scanner scanner, out Argument argument)
    {
        argument = default;
        scanner.Take(',');
        if (scanner.AtEnd()) return false;
        int start = scanner.Position;
        string key = scanner.TakeName().ToString();
        if (key.Length == 0)
        {
            scanner.Unexpected("an argument such as key=4");
            scanner.Position += scanner.Rest.Length;
            return false;
        }

        if (!scanner.Take('='))
        {
            argument = new Argument(key, "", start, scanner.Position);
            return true;
        }

        scanner.SkipBlanks();
        start = scanner.Position;
        if (scanner.Current == '"')
        {
            if (!scanner.TakeString(out byte[] bytes))
            {
                scanner.Position += scanner.Rest.Length;
                return false;
            }

            argument = new Argument(key, Encoding.UTF8.GetString(bytes), start, scanner.Position);
            return true;
        }

        while (scanner.Current is not ('\0' or ' ' or '\t' or ';' or '#')) scanner.Position++;
        argument = new Argument(key, scanner.Slice(start, scanner.Position).ToString().TrimEnd(','), start, scanner.Position);
        return true;
    }

    /// <summary>Reads the value as a number or constant.</summary>
    public bool TryNumber(Scanner scanner, out ulong value)
    {
        int after = scanner.Position;
        scanner.Position = Start;
        bool good = scanner.TakeNumber(out NumberText number) && number.Fits && !number.IsNegative && scanner.Position == Start + Text.Length;
        scanner.Position = after;
        value = number.Bits;
        return good;
    }

    /// <summary>Reports that the value is wrong and returns false.</summary>
    public bool Fail(Scanner scanner, string message, params ReadOnlySpan<string> notes)
    {
        scanner.Fail(AsmCodes.BadArgument, Start, End, message, notes);
        return false;
    }

    /// <summary>Reports that the directive has no such argument and returns false.</summary>
    public bool Unknown(Scanner scanner, params string[] known)
    {
        string[] notes = NearestNames.Help(Key, known);
        return Fail(scanner, $"there is no argument '{Key}' here", notes.Length > 0 ? notes : [$"help: the arguments are {string.Join(", ", known)}"]);
    }
}
