// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Elf;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Objects;

/// <summary>Cuts code sections into functions at their symbols; functions outside <c>.text</c> that others can see are programs.</summary>
internal sealed class CodeReader(ObjectReader reader)
{
    /// <summary>The kernel loads no more.</summary>
    private const int MaxFunctionSlots = 4_000_000;

    private readonly Dictionary<int, List<FunctionDefinition>> _bySection = [];
    private int _nextSuffix = 2;

    /// <summary>Functions of a section in the order of their offsets; empty for sections without code.</summary>
    internal IReadOnlyList<FunctionDefinition> InSection(int section) => _bySection.TryGetValue(section, out List<FunctionDefinition>? functions) ? functions : [];

    /// <summary>The function of a section that holds an offset in bytes, or null.</summary>
    internal FunctionDefinition? Find(int section, long offset)
    {
        IReadOnlyList<FunctionDefinition> functions = InSection(section);
        int low = 0, high = functions.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            FunctionDefinition function = functions[middle];
            if (offset < function.SectionOffset) high = middle - 1;
            else if (offset >= function.SectionOffset + (function.Instructions.Length * 8L)) low = middle + 1;
            else return function;
        }

        return null;
    }

    internal bool ReadFunctions()
    {
        List<ElfSymbol>[] symbols = new List<ElfSymbol>[reader.Elf.Sections.Length];
        foreach (ref readonly ElfSymbol symbol in reader.Elf.Symbols)
        {
            if (symbol.Type == ElfSymbolType.Function && reader.Elf.TrySection(symbol, out ElfSection section) && section.IsCode)
                (symbols[section.Index] ??= []).Add(symbol);
        }

        for (int i = 0; i < symbols.Length; i++)
        {
            if (symbols[i] is not { } found) continue;
            found.Sort((a, b) => a.Value.CompareTo(b.Value));
            if (!ReadSection(reader.Elf.Sections[i], found)) return false;
        }

        return true;
    }

    private bool ReadSection(in ElfSection section, List<ElfSymbol> symbols)
    {
        Instruction[] code = ReadCode(reader.Elf.Data(section).Span);
        List<FunctionDefinition> functions = [];
        ulong end = 0;
        foreach (ElfSymbol symbol in symbols)
        {
            if (!reader.Elf.TryName(symbol, reader.Diagnostics, out string name)) return false;
            if (symbol.Size == 0) continue; // an alias or an assembler's label
            if (symbol.Value % 8 != 0 || symbol.Size % 8 != 0 || symbol.Value < end || symbol.Size > section.Size || symbol.Value > section.Size - symbol.Size || symbol.Size / 8 > MaxFunctionSlots)
            {
                reader.Diagnostics.Error(ObjectCodes.BadFunction,
                    $"function '{name}' has {symbol.Size} bytes at offset {symbol.Value} of {section}, which has {section.Size} bytes and ends the function before at {end}");
                return false;
            }

            end = symbol.Value + symbol.Size;
            FunctionDefinition function = new()
            {
                Name = UniqueName(name, section.Name),
                Section = section.Name,
                Instructions = code.AsSpan((int)(symbol.Value / 8), (int)(symbol.Size / 8)).ToArray(),
                // hidden functions are verified with their callers, as libbpf has it
                Linkage = symbol.Binding == ElfBinding.Local || symbol.IsHidden ? FunctionLinkage.Static : FunctionLinkage.Global,
                SectionOffset = (int)symbol.Value,
            };
            functions.Add(function);
            reader.Object.Functions.Add(function);
            if (section.Name != ".text" && symbol.Binding != ElfBinding.Local) AddProgram(function);
        }

        _bySection.Add(section.Index, functions);
        return true;
    }

    private void AddProgram(FunctionDefinition function)
    {
        ProgramDefinition program = new() { Name = function.Name, Section = function.Section, Entry = function };
        if (SectionNames.TryParse(function.Section, out SectionDefinition? section, out string? target, out bool autoLoad))
        {
            program.Type = section.Type;
            program.ExpectedAttachType = section.AttachType;
            program.AttachTarget = target;
            program.IsSleepable = (section.Traits & SectionTraits.Sleepable) != 0;
            program.Flags = (section.Traits & SectionTraits.XdpFrags) != 0 ? SectionNames.XdpHasFrags : 0;
        }
        else
        {
            reader.Diagnostics.Add(new(ObjectCodes.UnknownSection, Diagnostics.Severity.Warning,
                $"section '{function.Section}' of program '{function.Name}' says no program type that is known", null, null,
                ["help: name the section as libbpf does, for example SEC(\"xdp\") or SEC(\"tracepoint/syscalls/sys_enter_openat\")"]));
        }

        program.AutoLoad = autoLoad;
        reader.Object.Programs.Add(program);
    }

    /// <summary>Static functions may share a name; relocations here go by name, so a second one is told apart by its section.</summary>
    private string UniqueName(string name, string section)
    {
        if (!reader.Object.Functions.TryGet(name, out _)) return name;
        string unique = $"{name}@{section}";
        // The count goes on where it ended, so that many functions of one name stay linear.
        for (; reader.Object.Functions.TryGet(unique, out _); _nextSuffix++) unique = $"{name}@{section}.{_nextSuffix}";
        return unique;
    }

    private Instruction[] ReadCode(ReadOnlySpan<byte> bytes)
    {
        Instruction[] code = MemoryMarshal.Cast<byte, Instruction>(bytes[..(bytes.Length & ~7)]).ToArray();
        if (reader.Elf.IsBigEndian == !BitConverter.IsLittleEndian) return code;
        for (int i = 0; i < code.Length; i++)
        {
            // The two register nibbles change places, the offset and the immediate their bytes.
            ReadOnlySpan<byte> slot = bytes.Slice(i * 8, 8);
            code[i] = new Instruction(slot[0], slot[1] >> 4, slot[1] & 15, (short)reader.Elf.U16(slot[2..]), (int)reader.Elf.U32(slot[4..]));
        }

        return code;
    }
}
