// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;

namespace Nectar.Tests.Support;

/// <summary>Everything that an object says, as text that two objects can be compared by.</summary>
internal static class ObjectDump
{
    public static string Of(BpfObject o, bool withTypes = true)
    {
        StringBuilder text = new();
        text.AppendLine($"license {o.License} version {o.KernelVersion} big {o.IsBigEndian}");
        foreach (ProgramDefinition p in o.Programs)
            text.AppendLine($"program {p.Name} {p.Section} {p.Type} {p.ExpectedAttachType} {p.AttachTarget} {p.IsSleepable} {p.Flags} {p.AutoLoad} {p.Entry.Name}");
        foreach (FunctionDefinition f in o.Functions)
        {
            text.AppendLine($"function {f.Name} {f.Section} {f.Linkage} type {(withTypes ? f.TypeId : 0)}");
            HashSet<int> relocated = [.. f.Relocations.SelectMany(r => new[] { r.Instruction, f.Instructions[r.Instruction].IsWide ? r.Instruction + 1 : r.Instruction })];
            for (int i = 0; i < f.Instructions.Length; i++)
                text.AppendLine($"  {i} {(relocated.Contains(i) && !withTypes ? f.Instructions[i].WithImmediate(0).WithSource(0) : f.Instructions[i])}");
            foreach (Relocation r in f.Relocations) text.AppendLine($"  {r}");
            foreach (LineInfo l in f.Lines) text.AppendLine($"  {l}");
            foreach (CoreRelocation r in f.CoreRelocations) text.AppendLine($"  {r}");
        }

        foreach (MapDefinition m in o.Maps) text.AppendLine("map " + Of(m, withTypes));
        foreach (ExternDefinition e in o.Externs) text.AppendLine($"extern {e.Name} {e.Kind} {e.IsWeak} {(withTypes ? e.TypeId : 0)} {e.Offset} {e.Size}");
        if (!withTypes) return text.ToString();
        foreach (GlobalVariable g in o.Globals.OrderBy(g => g.Map.Name, StringComparer.Ordinal).ThenBy(g => g.Offset).ThenBy(g => g.Name, StringComparer.Ordinal)) text.AppendLine($"global {g} {g.TypeId}");
        if (o.Types is null) return text.ToString();
        BtfBuilder types = new();
        types.AddAll(o.Types);
        text.AppendLine(Convert.ToHexString(types.ToArray()));
        return text.ToString();
    }

    private static string Of(MapDefinition m, bool withTypes) =>
        $"{m.Name} {m.Type} {m.Role} {m.KeySize} {m.ValueSize} {m.MaxEntries} {m.Flags} {m.MapExtra} {m.NumaNode} {m.Pinning} " +
        (withTypes ? $"{m.KeyTypeId} {m.ValueTypeId} {m.DefinitionTypeId} " : "") +
        $"inner ({(m.Inner is null ? "" : Of(m.Inner, withTypes).Split(' ', 2)[1])}) {Convert.ToHexString(m.InitialValue ?? (m.Role == MapRole.Bss && !withTypes ? new byte[m.ValueSize] : []))} {string.Join(',', m.InitialSlots.Order())}";
}
