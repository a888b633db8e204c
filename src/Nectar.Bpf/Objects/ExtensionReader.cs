// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Elf;

namespace Nectar.Bpf.Objects;

/// <summary>Gives functions their types, source lines and CO-RE relocations from <c>.BTF.ext</c>.</summary>
internal sealed class ExtensionReader(ObjectReader reader, CodeReader code)
{
    internal void Read(BtfExtension extension)
    {
        foreach (ref readonly ElfSection section in reader.Elf.Sections)
        {
            if (!section.IsCode) continue;
            int index = section.Index;
            if (extension.Functions.TryGetValue(section.Name, out BtfFunctionRecord[]? functions))
            {
                foreach (BtfFunctionRecord record in functions)
                {
                    if (Find(index, section.Name, record.Offset, "func_info") is { } place && TypeExists(record.TypeId, "func_info")) place.Function.TypeId = record.TypeId;
                }
            }

            if (extension.Lines.TryGetValue(section.Name, out BtfLineRecord[]? lines))
            {
                foreach (BtfLineRecord record in lines)
                {
                    if (Find(index, section.Name, record.Offset, "line_info") is not { } place) continue;
                    place.Function.Lines.Add(new LineInfo(place.Slot, reader.TypeString(record.FileName), reader.TypeString(record.Text),
                        (int)(record.LineColumn >> 10), (int)(record.LineColumn & 1023)));
                }
            }

            if (extension.CoreRelocations.TryGetValue(section.Name, out BtfCoreRecord[]? relocations))
            {
                foreach (BtfCoreRecord record in relocations)
                {
                    if (Find(index, section.Name, record.Offset, "core_relo") is not { } place || !TypeExists(record.TypeId, "core_relo")) continue;
                    place.Function.CoreRelocations.Add(new CoreRelocation(place.Slot, record.TypeId, reader.TypeString(record.Access), (int)record.Kind));
                }
            }
        }
    }

    private (FunctionDefinition Function, int Slot)? Find(int section, string name, uint offset, string record)
    {
        if (offset % 8 == 0 && code.Find(section, offset) is { } function) return (function, (int)(offset - function.SectionOffset) / 8);
        reader.Diagnostics.Error(ObjectCodes.BadInstructionRecord, $".BTF.ext: {record} of section '{name}' names offset {offset}, where no function has an instruction");
        return null;
    }

    private bool TypeExists(uint id, string record)
    {
        if (id < (uint)reader.Object.Types!.Count) return true;
        reader.Diagnostics.Error(ObjectCodes.BadInstructionRecord, $".BTF.ext: {record} names type {id}, but there are {reader.Object.Types.Count}");
        return false;
    }
}
