// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Debugging.Terminal;

/// <summary>What stands behind a command, word by word.</summary>
internal sealed class Words(string command, string usage, string text)
{
    private string _rest = text;

    internal bool IsEmpty => _rest.Length == 0;

    /// <summary>What is left.</summary>
    internal string Peek => _rest;

    /// <summary>Takes the next word.</summary>
    internal string Next(string what)
    {
        if (IsEmpty) throw Wrong($"expected {what}");
        int space = _rest.IndexOf(' ');
        string word = space < 0 ? _rest : _rest[..space];
        _rest = space < 0 ? "" : _rest[space..].TrimStart();
        return word;
    }

    /// <summary>Takes everything that is left.</summary>
    internal string Rest(string what)
    {
        if (IsEmpty) throw Wrong($"expected {what}");
        (string rest, _rest) = (_rest, "");
        return rest;
    }

    internal string RestOrEmpty()
    {
        (string rest, _rest) = (_rest, "");
        return rest;
    }

    /// <summary>Takes a format such as <c>/x</c>; empty if there is none.</summary>
    internal string Format() => _rest.StartsWith('/') ? Next("a format")[1..] : "";

    /// <summary>Takes a count; 1 if nothing stands there.</summary>
    internal int Count() => IsEmpty ? 1 : Number("a count", 1);

    internal int Number(string what, int least)
    {
        string word = Next(what);
        return int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least ? number : throw Wrong($"expected {what}, got '{word}'");
    }

    internal TerminalException Wrong(string problem) => new(TerminalCodes.BadArgument, $"{command}: {problem}", $"help: {command} {usage}");
}
