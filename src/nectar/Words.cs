// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Inspection;

namespace Nectar.Cli;

/// <summary>The command line cannot be understood: exit code 2.</summary>
internal sealed class UsageException(Diagnostic diagnostic) : NectarException(diagnostic);

/// <summary>Reads the words behind a verb one after the other, in the grammar that bpftool's users know: <c>id 5 key hex 01 00</c>.</summary>
internal sealed class Words(string verb, string usage, IReadOnlyList<string> words)
{
    private static readonly DiagnosticCode s_words = new(4703);
    private int _at;

    /// <summary>True behind the last word.</summary>
    internal bool IsEmpty => _at >= words.Count;

    /// <summary>The next word; null behind the last.</summary>
    internal string? Peek => IsEmpty ? null : words[_at];

    /// <summary>Takes the next word if it is this one.</summary>
    internal bool Take(string word)
    {
        if (Peek != word) return false;
        _at++;
        return true;
    }

    /// <summary>Takes the next word, whatever it is.</summary>
    internal string Next(string what) => IsEmpty ? throw Wrong($"expected {what}") : words[_at++];

    /// <summary>Takes a number, decimal or with 0x.</summary>
    internal uint NextNumber(string what)
    {
        string word = Next(what);
        return TryNumber(word, out ulong number) && number <= uint.MaxValue ? (uint)number : throw Wrong($"expected {what}, got '{word}'");
    }

    /// <summary>Takes numbers (behind <c>hex</c> bytes in hexadecimal, single or run together) until a word that is none.</summary>
    internal List<ulong> NextNumbers(string what)
    {
        bool isHex = Take("hex");
        List<ulong> numbers = [];
        for (; Peek is { } word; _at++)
        {
            if (isHex && word.Length > 2 && word.Length % 2 == 0 && word.All(char.IsAsciiHexDigit)) numbers.AddRange(Convert.FromHexString(word).Select(b => (ulong)b));
            else if (isHex && byte.TryParse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out byte one)) numbers.Add(one);
            else if (!isHex && TryNumber(word, out ulong number)) numbers.Add(number);
            else break;
        }

        return numbers.Count > 0 ? numbers : throw Wrong($"expected {what}{(Peek is { } wrong ? $", got '{wrong}'" : "")}");
    }

    /// <summary>Takes the name of an object: <c>id N</c>, <c>name X</c>, <c>tag T</c>, <c>pinned P</c>, or one word that says it by its form.</summary>
    internal ObjectReference NextReference(string what)
    {
        if (Take("id")) return new ObjectReference(ReferenceKind.Id, NextNumber($"the id of {what}").ToString(CultureInfo.InvariantCulture));
        if (Take("name")) return new ObjectReference(ReferenceKind.Name, Next($"the name of {what}"));
        if (Take("tag")) return new ObjectReference(ReferenceKind.Tag, Next($"the tag of {what}"));
        if (Take("pinned")) return new ObjectReference(ReferenceKind.Pinned, Next($"the path of {what}"));
        string word = Next($"{what}: id N, name X, tag T, pinned PATH, or just a number, a name or a path");
        return word.Length > 0 ? ObjectReference.Parse(word) : throw Wrong($"expected {what}, got nothing");
    }

    /// <summary>Says that there must be no more words.</summary>
    internal void End()
    {
        if (Peek is { } word) throw Wrong($"did not expect '{word}'");
    }

    internal UsageException Wrong(string problem) => new(Diagnostic.Error(s_words, $"{verb}: {problem}", $"help: {verb} {usage}"));

    internal static bool TryNumber(string word, out ulong number) => word.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(word.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out number)
        : ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
