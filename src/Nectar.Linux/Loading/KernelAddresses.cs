// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Linux.Loading;

/// <summary>Addresses of symbols that have no type.</summary>
internal static class KernelAddresses
{
    /// <summary>The address in <c>/proc/kallsyms</c>; 0 if it is not there, or hidden from this process (<c>kernel.kptr_restrict</c>).</summary>
    internal static ulong Find(string name) => FindLine(name) is { } line && ulong.TryParse(line.AsSpan(0, line.IndexOf(' ')), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong address) ? address : 0;

    /// <summary>True if there is such a symbol, even where its address is hidden.</summary>
    internal static bool Exists(string name) => FindLine(name) is not null;

    private static string? FindLine(string name)
    {
        foreach (string line in File.ReadLines("/proc/kallsyms"))
        {
            // address, kind, name, and for modules a tab and [module]
            int start = line.IndexOf(' ') + 3;
            if (start < 3 || line.Length < start + name.Length || string.CompareOrdinal(line, start, name, 0, name.Length) != 0) continue;
            if (line.Length > start + name.Length && line[start + name.Length] != '\t') continue;
            return line;
        }

        return null;
    }
}
