// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Elf;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Objects;

/// <summary>
/// Turns ELF relocations into references by name. In code: maps, data, functions, externs (kernel:
/// Documentation/bpf/llvm_reloc.rst). In <c>.maps</c> and struct_ops: inner maps, programs and functions of initial slots.
/// </summary>
internal sealed class ReferenceReader(ObjectReader reader, CodeReader code, DataReader data, MapReader maps)
{
    internal void ReadAll()
    {
        foreach (ref readonly ElfSection section in reader.Elf.Sections)
        {
            if (section.Type is not (ElfSectionType.Rel or ElfSectionType.Rela)) continue;
            if (section.Info == 0 || section.Info >= (uint)reader.Elf.Sections.Length)
            {
                reader.Diagnostics.Error(ObjectCodes.BadSection, $"{section} relocates section {section.Info}, which does not exist");
                return;
            }

            ElfSection target = reader.Elf.Sections[(int)section.Info];
            bool isCode = target.IsCode;
            bool isSlots = target.Name == ".maps" || target.Name.Contains(".struct_ops", StringComparison.Ordinal);
            bool isData = ObjectReader.TryDataRole(target.Name, out _);
            if (!isCode && !isSlots && !isData) continue; // .BTF, .BTF.ext, debug information: the values are there already
            if (!reader.Elf.TryRelocations(section, reader.Diagnostics, out ElfRelocation[] relocations)) return;
            foreach (ElfRelocation relocation in relocations)
            {
                if (isCode) ReadCode(target, relocation);
                else if (isSlots) ReadSlot(target, relocation);
            }

            if (isData && relocations.Length > 0)
            {
                reader.Diagnostics.Add(new Diagnostic(ObjectCodes.DataPointer, Severity.Warning,
                    $"{target} holds {relocations.Length} pointers, which no host fills: they will be offsets", null, null,
                    ["help: use arrays of characters instead of pointers to string literals"]));
            }
        }

        foreach (ref readonly ElfSection section in reader.Elf.Sections) ResolveLocalCalls(section);
        foreach (FunctionDefinition function in reader.Object.Functions) function.Relocations.Sort((a, b) => a.Instruction.CompareTo(b.Instruction));
    }

    private void ReadCode(in ElfSection section, ElfRelocation relocation)
    {
        FunctionDefinition? function = relocation.Offset <= int.MaxValue ? code.Find(section.Index, (long)relocation.Offset) : null;
        if (function is null || relocation.Offset % 8 != 0)
        {
            reader.Diagnostics.Error(ObjectCodes.BadRelocation, $"a relocation of {section} is at offset {relocation.Offset}, where no function has an instruction");
            return;
        }

        int slot = (int)(relocation.Offset - (ulong)function.SectionOffset) / 8;
        Instruction instruction = function.Instructions[slot];
        ElfSymbol symbol = reader.Elf.Symbols[(int)relocation.Symbol];
        bool isCall = OpcodeTable.Find(instruction)?.IsCall == true;
        if (!isCall && (!instruction.IsWide || slot + 1 >= function.Instructions.Length))
        {
            Wrong(ObjectCodes.BadRelocation, function, slot, "is relocated, but is neither a call nor a 64-bit load");
            return;
        }

        if (!TryName(symbol, out string name)) return;
        if (symbol.IsUndefined) ReadExtern(function, slot, instruction, name, isCall);
        else if (!reader.Elf.TrySection(symbol, out ElfSection target)) Wrong(ObjectCodes.BadSymbol, function, slot, $"refers to '{name}', which lies in no section");
        else if (target.IsCode) ReadFunction(function, slot, instruction, symbol, target, relocation.Addend, isCall);
        else if (isCall) Wrong(ObjectCodes.BadReference, function, slot, $"calls '{name}', which is no function");
        else if (target.Name == ".maps") ReadMap(function, slot, instruction, symbol, target, name);
        else if (data.MapOf(target.Index) is { } map) ReadVariable(function, slot, instruction, symbol, map, relocation.Addend);
        else
        {
            Wrong(ObjectCodes.BadReference, function, slot, $"refers to '{name}' in {target}, which holds neither maps nor data",
                "help: loaders know .maps, .data*, .bss*, .rodata*, .kconfig and .ksyms");
        }
    }

    private void ReadExtern(FunctionDefinition function, int slot, Instruction instruction, string name, bool isCall)
    {
        if (!reader.Object.Externs.TryGet(name, out ExternDefinition? definition))
        {
            Wrong(ObjectCodes.BadExtern, function, slot, $"refers to '{name}', which is neither defined here nor declared __kconfig or __ksym with BTF",
                "help: declare it 'extern ... __ksym;' or '__kconfig', and compile with -g; static linking of several objects is not done here");
            return;
        }

        if (isCall && definition.Kind != ExternKind.KernelFunction) Wrong(ObjectCodes.BadReference, function, slot, $"calls '{name}', which is a variable");
        else function.Relocations.Add(new Relocation(slot, isCall ? RelocationKind.ExternCall : RelocationKind.ExternVariable, name, isCall ? 0 : instruction.Immediate));
    }

    private void ReadFunction(FunctionDefinition function, int slot, Instruction instruction, ElfSymbol symbol, in ElfSection target, long addend, bool isCall)
    {
        // Calls: the immediate is -1 for a global callee and the distance from the section's start for a static one.
        long offset = (long)symbol.Value + addend + (isCall ? (instruction.Immediate + 1L) * 8 : instruction.Immediate);
        FunctionDefinition? callee = code.Find(target.Index, offset);
        if (callee is null || callee.SectionOffset != offset)
        {
            Wrong(ObjectCodes.BadReference, function, slot, $"refers to offset {offset} of {target}, where no function starts");
            return;
        }

        function.Relocations.Add(new Relocation(slot, isCall ? RelocationKind.FunctionCall : RelocationKind.FunctionAddress, callee.Name));
    }

    private void ReadMap(FunctionDefinition function, int slot, Instruction instruction, ElfSymbol symbol, in ElfSection target, string name)
    {
        ulong offset = symbol.Value + (symbol.Type == ElfSymbolType.Section ? (uint)instruction.Immediate : 0);
        if (maps.At(target.Index, offset) is { } map) function.Relocations.Add(new Relocation(slot, RelocationKind.Map, map.Name));
        else Wrong(ObjectCodes.BadReference, function, slot, $"refers to '{name}' at offset {offset} of {target}, where no map is declared");
    }

    private void ReadVariable(FunctionDefinition function, int slot, Instruction instruction, ElfSymbol symbol, MapDefinition map, long addend)
    {
        long offset = (long)symbol.Value + instruction.Immediate + addend;
        if (offset < 0 || offset > map.ValueSize) Wrong(ObjectCodes.BadReference, function, slot, $"refers to offset {offset} of '{map.Name}', which has {map.ValueSize} bytes");
        else function.Relocations.Add(new Relocation(slot, RelocationKind.MapValue, map.Name, offset));
    }

    /// <summary>Calls and callbacks inside one section need no relocation: the assembler has resolved them.</summary>
    private void ResolveLocalCalls(in ElfSection section)
    {
        foreach (FunctionDefinition function in code.InSection(section.Index))
        {
            HashSet<int> known = [.. function.Relocations.Select(relocation => relocation.Instruction)];
            for (int slot = 0; slot < function.Instructions.Length; slot++)
            {
                Instruction instruction = function.Instructions[slot];
                bool isCall = OpcodeTable.Find(instruction)?.Operation == Operation.CallLocal;
                bool isAddress = instruction.IsWide && instruction.Source == (int)PseudoSource.Function;
                if ((isCall || isAddress) && !known.Contains(slot))
                {
                    long offset = function.SectionOffset + ((slot + 1L + instruction.Immediate) * 8);
                    FunctionDefinition? callee = code.Find(section.Index, offset);
                    if (callee is null || callee.SectionOffset != offset) Wrong(ObjectCodes.BadReference, function, slot, $"calls offset {offset} of {section}, where no function starts");
                    else function.Relocations.Add(new Relocation(slot, isCall ? RelocationKind.FunctionCall : RelocationKind.FunctionAddress, callee.Name));
                }

                if (instruction.IsWide) slot++;
            }
        }
    }

    private void ReadSlot(in ElfSection section, ElfRelocation relocation)
    {
        MapDefinition? map = maps.Around(section.Index, relocation.Offset, out uint inside);
        ElfSymbol symbol = reader.Elf.Symbols[(int)relocation.Symbol];
        if (map is null || !TryName(symbol, out string name))
        {
            reader.Diagnostics.Error(ObjectCodes.BadInitialSlot, $"a relocation at offset {relocation.Offset} of {section} belongs to no map");
            return;
        }

        if (map.Role == MapRole.StructOps)
        {
            if (reader.Elf.TrySection(symbol, out ElfSection target) && target.IsCode && code.Find(target.Index, (long)symbol.Value) is { } function)
                map.InitialSlots.Add((inside, function.Name));
            else
                reader.Diagnostics.Error(ObjectCodes.BadInitialSlot, $"member at offset {inside} of struct_ops '{map.Name}' refers to '{name}', which is no program");
            return;
        }

        if (maps.ValuesOffset(map) is not { } values || inside < values || (inside - values) % 8 != 0)
        {
            reader.Diagnostics.Error(ObjectCodes.BadInitialSlot, $"map '{map.Name}' is relocated at offset {inside}, where it has no initial slot");
            return;
        }

        uint index = (inside - values) / 8;
        string? slot = null;
        if (reader.Elf.TrySection(symbol, out ElfSection holder))
        {
            if (map.Type == MapType.ProgArray && holder.IsCode) slot = code.Find(holder.Index, (long)symbol.Value)?.Name;
            else if (map.Type != MapType.ProgArray && holder.Name == ".maps") slot = maps.At(holder.Index, symbol.Value)?.Name;
        }

        if (slot is null) reader.Diagnostics.Error(ObjectCodes.BadInitialSlot, $"slot {index} of map '{map.Name}' refers to '{name}', which is no {(map.Type == MapType.ProgArray ? "program" : "map")}");
        else map.InitialSlots.Add((index, slot));
    }

    private bool TryName(ElfSymbol symbol, out string name)
    {
        if (!reader.Elf.TryName(symbol, reader.Diagnostics, out name)) return false;
        if (name.Length == 0 && reader.Elf.TrySection(symbol, out ElfSection section)) name = section.Name;
        return true;
    }

    private void Wrong(DiagnosticCode problem, FunctionDefinition function, int slot, string text, params ReadOnlySpan<string> notes) =>
        reader.Diagnostics.Add(new Diagnostic(problem, Severity.Error, $"function '{function.Name}', instruction {slot} {text}", null, slot, [.. notes]));
}
