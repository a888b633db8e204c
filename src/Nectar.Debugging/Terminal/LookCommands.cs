// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Vm.Debugging;

namespace Nectar.Debugging.Terminal;

/// <summary>Commands that look at values and code, and change values.</summary>
internal sealed class LookCommands
{
    private readonly DebugTerminal _terminal;
    private ulong _next;
    private string _format = "8xb";

    internal LookCommands(DebugTerminal terminal)
    {
        _terminal = terminal;
        Rows =
        [
            new(["print", "p"], "[/FORMAT] EXPRESSION", "Show a value; formats x, d, u, t, o, c, a", Print),
            new(["x"], "[/NFU] [ADDRESS]", "Show memory: N units of b, h, w or g in format x, d, u, c, a or s", Examine, true),
            new(["set"], "EXPRESSION = VALUE", "Change a register, a variable, a member or an element", Set),
            new(["display"], "[/FORMAT] EXPRESSION", "Show a value at each stop", Display),
            new(["undisplay"], "[NUMBER]", "Do not show it any more", Undisplay),
            new(["list", "l"], "[FUNCTION|[FILE:]LINE]", "Show source lines", words => terminal.Code.List(words.RestOrEmpty()), true),
            new(["disassemble", "disas"], "[FUNCTION]", "Show instructions with source lines between them", words => terminal.Code.Disassemble(words.RestOrEmpty())),
            new(["backtrace", "bt", "where"], "", "Show the functions that the program is in", _ => Backtrace()),
            new(["frame", "f"], "[NUMBER]", "Choose the function whose registers are meant", words => Frame(words.IsEmpty ? Session.Frame.Index : words.Number("the number of a frame", 0))),
            new(["up"], "", "Choose the caller", _ => Frame(Session.Frame.Index + 1)),
            new(["down"], "", "Choose the called one", _ => Frame(Session.Frame.Index - 1)),
            new(["echo"], "TEXT", "Print text", words => terminal.Output.WriteLine(words.RestOrEmpty())),
        ];
    }

    internal IReadOnlyList<CommandRow> Rows { get; }

    private DebugSession Session => _terminal.Session;

    private void Print(Words words)
    {
        string format = words.Format();
        string expression = words.Rest("an expression");
        _terminal.Output.WriteLine($"{expression} = {ValueText.Format(Session, format, expression)}");
    }

    private void Set(Words words)
    {
        string text = words.Rest("EXPRESSION = VALUE");
        if (text.StartsWith("var ", StringComparison.Ordinal)) text = text[4..];
        int equals = 0;
        while ((equals = text.IndexOf('=', equals)) > 0 && (text[equals - 1] is '<' or '>' or '!' or '=' || (equals + 1 < text.Length && text[equals + 1] == '='))) equals++;
        if (equals <= 0) throw words.Wrong("expected EXPRESSION = VALUE");
        DebugVariable now = Session.Assign(text[..equals].Trim(), text[(equals + 1)..].Trim());
        _terminal.Output.WriteLine($"{now.Name} = {now.Value}");
    }

    private void Display(Words words)
    {
        string format = words.Format(), expression = words.Rest("an expression");
        int number = _terminal.Displays.Count == 0 ? 1 : _terminal.Displays[^1].Number + 1;
        _terminal.Displays.Add((number, format, expression));
        _terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{number}: {expression} = {ValueText.TryFormat(Session, format, expression)}"));
    }

    private void Undisplay(Words words)
    {
        if (words.IsEmpty)
        {
            _terminal.Displays.Clear();
            return;
        }

        int number = words.Number("the number of a display", 1);
        if (_terminal.Displays.RemoveAll(d => d.Number == number) == 0) throw words.Wrong($"there is no display {number}");
    }

    private void Backtrace()
    {
        if (!Session.IsAtInstruction) _ = Session.Frame; // says why not
        foreach (DebugFrame frame in Session.Frames) _terminal.Output.WriteLine(StopText.FrameText(frame));
    }

    private void Frame(int index)
    {
        Session.SelectFrame(index);
        _terminal.Stops.WritePlace(false, always: true);
    }

    private void Examine(Words words)
    {
        if (words.Format() is { Length: > 0 } asked) _format = asked;
        if (!words.IsEmpty) _next = Session.EvaluateWord(words.Rest("an address"));
        int digits = _format.TakeWhile(char.IsAsciiDigit).Count();
        int count = digits > 0 ? int.Parse(_format.AsSpan(0, digits), CultureInfo.InvariantCulture) : 1;
        char kind = 'x';
        int size = 1;
        foreach (char c in _format.AsSpan(digits))
        {
            if ("bhwg".Contains(c, StringComparison.Ordinal)) size = 1 << "bhwg".IndexOf(c, StringComparison.Ordinal);
            else if ("xduca".Contains(c, StringComparison.Ordinal)) (kind, size) = (c, c == 'a' ? 8 : size);
            else if (c == 's') kind = 's';
            else throw words.Wrong($"'{c}' is no format and no size");
        }

        if (count is < 1 or > 4096) throw words.Wrong("expected 1 to 4096 units");
        if (kind == 's')
        {
            for (int i = 0; i < count; i++) Text();
            return;
        }

        int perLine = kind == 'a' ? 1 : Math.Max(1, 8 / size * (size == 8 ? 2 : 1));
        for (int i = 0; i < count; i += perLine)
        {
            string name = Session.NameOf(_next);
            int units = Math.Min(perLine, count - i);
            byte[] bytes = new byte[units * size];
            int read = Session.Read(_next, bytes);
            if (read < size) throw new TerminalException(TerminalCodes.BadArgument, $"the memory at {name} is not the program's");
            IEnumerable<string> shown = bytes.AsSpan(0, read / size * size).ToArray().Chunk(size).Select(b => ValueText.Number(Session, kind == 'x' ? 'z' : kind, Word(b), size)!);
            _terminal.Output.WriteLine($"{name}:\t{string.Join(' ', shown)}");
            _next += (uint)(read / size * size);
            if (read < bytes.Length) return;
        }
    }

    private void Text()
    {
        byte[] bytes = new byte[256];
        int read = Session.Read(_next, bytes), end = bytes.AsSpan(0, read).IndexOf((byte)0);
        int length = end < 0 ? read : end;
        _terminal.Output.WriteLine($"{Session.NameOf(_next)}:\t\"{System.Text.Json.JsonEncodedText.Encode(bytes.AsSpan(0, length), System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"");
        _next += (uint)length + 1;
    }

    private static ulong Word(byte[] bytes)
    {
        ulong word = 0;
        for (int i = bytes.Length - 1; i >= 0; i--) word = (word << 8) | bytes[i];
        return word;
    }
}
