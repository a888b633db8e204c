// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Linux.Symbols.Dwarf;

/// <summary>The functions that the compiler put in place of calls, for the code of one unit, by address.</summary>
internal sealed class DwarfCode
{
    private const int MaxHops = 4, MaxDepth = 256;
    private readonly List<Inlined> _inlined = [];

    private DwarfCode()
    {
    }

    internal long Bytes => (_inlined.Count * 56L) + 64;

    internal static DwarfCode Read(DwarfSections sections, DwarfUnit unit)
    {
        DwarfCode code = new();
        DwarfCursor at = new(sections.InfoOf(unit), unit.FirstEntry);
        DwarfEntry entry = new();
        int depth = 0;
        while (!at.IsAtEnd)
        {
            DwarfCursor start = at;
            ulong number = at.Uleb();
            if (number == 0)
            {
                depth--;
                continue;
            }

            if (unit.Abbreviations[number] is not { } layout) break;
            if (layout.Tag == DwarfTag.InlinedSubroutine)
            {
                at = start;
                if (!entry.Read(unit, ref at)) break;
                foreach ((ulong from, ulong to) in sections.CodeOf(unit, entry.LowPc, entry.HighPc, entry.Ranges))
                {
                    if (from != 0 && to > from) code._inlined.Add(new Inlined(from, to, Math.Min(depth, MaxDepth), entry.AbstractOrigin, (int)entry.CallFile.Number, (int)entry.CallLine.Number));
                }
            }
            else
            {
                layout.Skip(unit, ref at);
            }

            if (layout.HasChildren) depth++;
        }

        code._inlined.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return code;
    }

    /// <summary>What is inlined at an address, the innermost first; file and line are those of the call.</summary>
    internal List<(string Name, int CallFile, int CallLine)> Find(DwarfSections sections, ulong address)
    {
        List<Inlined> found = [];
        foreach (ref readonly Inlined one in CollectionsMarshal.AsSpan(_inlined))
        {
            if (one.Start > address) break;
            if (address < one.End) found.Add(one);
        }

        found.Sort(static (a, b) => b.Depth.CompareTo(a.Depth));
        List<(string, int, int)> calls = [];
        foreach (Inlined one in found) calls.Add((NameOf(sections, one.Origin) ?? "??", one.CallFile, one.CallLine));
        return calls;
    }

    /// <summary>The linker's name of a function, or the source's.</summary>
    private static string? NameOf(DwarfSections sections, DwarfValue origin)
    {
        string? name = null;
        DwarfEntry entry = new();
        for (int hop = 0; hop < MaxHops && origin.Kind == DwarfValueKind.Reference && sections.UnitOf(origin.Number) is { } home; hop++)
        {
            DwarfCursor at = new(sections.InfoOf(home), (int)origin.Number);
            if (!entry.Read(home, ref at)) break;
            if (sections.String(home, entry.LinkageName) is { } linkage) return linkage;
            name ??= sections.String(home, entry.Name);
            origin = entry.AbstractOrigin.IsPresent ? entry.AbstractOrigin : entry.Specification;
        }

        return name;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Inlined(ulong Start, ulong End, int Depth, DwarfValue Origin, int CallFile, int CallLine);
}
