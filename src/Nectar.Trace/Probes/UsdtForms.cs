// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using Nectar.Linux.Symbols.Usdt;

namespace Nectar.Trace.Probes;

/// <summary>
/// The different ways in which places of USDT probes keep their arguments. Where a program's places have more than one, the cookie tells the
/// number of the place's way in its upper 32 bits.
/// </summary>
internal static class UsdtForms
{
    /// <summary>One place of each way, in a fixed order.</summary>
    public static ImmutableArray<UsdtNote> Of(IEnumerable<ProbeTarget> targets)
    {
        Dictionary<string, UsdtNote> forms = new(StringComparer.Ordinal);
        foreach (ProbeTarget target in targets)
        {
            foreach (UsdtNote note in target.Notes) forms.TryAdd(KeyOf(note), note);
        }

        return [.. forms.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value)];
    }

    /// <summary>The number of a place's way.</summary>
    public static int IndexOf(ImmutableArray<UsdtNote> forms, UsdtNote note)
    {
        string key = KeyOf(note);
        for (int i = 0; i < forms.Length; i++)
        {
            if (KeyOf(forms[i]) == key) return i;
        }

        return 0;
    }

    // Variables are found by their distance from the place.
    private static string KeyOf(UsdtNote note) => note.TryParseArguments(out ImmutableArray<UsdtArgument> arguments, out _) && arguments.Any(argument => argument.Symbol is not null)
        ? string.Create(CultureInfo.InvariantCulture, $"{note.ArgumentText} {note.Path} {note.Address:x}") : note.ArgumentText;
}
