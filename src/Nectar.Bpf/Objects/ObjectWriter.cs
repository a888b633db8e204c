// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Elf;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Objects;

/// <summary>
/// Writes a <see cref="BpfObject"/> as the relocatable ELF file that libbpf, bpftool and llvm-objdump read. The same object
/// gives the same bytes. Subprograms go to <c>.text</c>, the only place where libbpf lets programs of other sections call them.
/// </summary>
public sealed class ObjectWriter
{
    private readonly BpfObject _object;
    private readonly ElfWriter _elf;
    private readonly TypeSectionWriter _types;
    private readonly Dictionary<string, (int Section, string SectionName, int Offset, FunctionDefinition Function)> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Section, int Symbol, byte[]? Bytes)> _data = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _symbols = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Map, long Offset), int> _variables = [];
    private readonly Dictionary<int, int> _sectionSymbols = [];
    private readonly List<(int Section, string Name, Instruction[] Code, List<FunctionDefinition> Functions)> _code = [];

    private ObjectWriter(BpfObject @object)
    {
        _object = @object;
        _elf = new ElfWriter(@object.IsBigEndian);
        _types = new TypeSectionWriter(@object.Types);
    }

    /// <summary>Writes an object.</summary>
    /// <exception cref="ObjectFormatException">The object holds something that an ELF file cannot say (NEC1020), or refers to what it does not have (NEC1090).</exception>
    public static void Write(BpfObject @object, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(@object);
        ArgumentNullException.ThrowIfNull(stream);
        ObjectWriter writer = new(@object);
        writer.Compose();
        writer._elf.Write(stream);
    }

    /// <summary>Writes an object into memory.</summary>
    /// <exception cref="ObjectFormatException">As for <see cref="Write"/>.</exception>
    public static byte[] ToArray(BpfObject @object)
    {
        using MemoryStream stream = new();
        Write(@object, stream);
        return stream.ToArray();
    }

    private void Compose()
    {
        LayOutCode();
        AddDataSections();
        AddNotes();
        AddSymbolsOfFunctions();
        AddGlobals();
        AddMaps();
        AddStructOps();
        foreach (ExternDefinition item in _object.Externs) _symbols[item.Name] = _elf.AddSymbol(item.Name, ElfSymbolType.None, item.IsWeak ? ElfBinding.Weak : ElfBinding.Global, 0, 0, 0);
        foreach ((int section, string name, Instruction[] code, List<FunctionDefinition> functions) in _code)
        {
            foreach (FunctionDefinition function in functions) Relocate(section, name, code, function);
        }

        foreach ((string name, byte[] bytes) in _object.Sections.OrderBy(pair => pair.Key, StringComparer.Ordinal)) _elf.AddSection(name, ElfSectionType.ProgBits, 0, bytes, 1);
        FillCode();
        byte[]? extension = new ExtensionSectionWriter(_types).ToBytes(_code.Select(section => (section.Name, section.Functions)), _object);
        if (!_types.HasTypes) return;
        _elf.AddSection(".BTF", ElfSectionType.ProgBits, 0, _types.ToBytes(_object.IsBigEndian), 4);
        if (extension is not null) _elf.AddSection(".BTF.ext", ElfSectionType.ProgBits, 0, extension, 4);
    }

    private void LayOutCode()
    {
        Dictionary<FunctionDefinition, string> sections = [];
        foreach (ProgramDefinition program in _object.Programs) sections[program.Entry] = SectionOf(program);
        List<(string Name, List<FunctionDefinition> Functions)> groups = [];
        foreach (FunctionDefinition function in _object.Functions.Concat(_object.Programs.Select(program => program.Entry)).Distinct())
        {
            string section = sections.GetValueOrDefault(function, ".text");
            int group = groups.FindIndex(g => g.Name == section);
            if (group < 0)
            {
                group = groups.Count;
                groups.Add((section, []));
            }

            groups[group].Functions.Add(function);
        }

        foreach ((string name, List<FunctionDefinition> functions) in groups)
        {
            Instruction[] code = [.. functions.SelectMany(function => function.Instructions)];
            int section = _elf.AddSection(name, ElfSectionType.ProgBits, ElfConstants.FlagAlloc | ElfConstants.FlagExecute, new byte[code.Length * 8], 8);
            _code.Add((section, name, code, functions));
            int offset = 0;
            foreach (FunctionDefinition function in functions)
            {
                if (!_places.TryAdd(function.Name, (section, name, offset, function))) throw Wrong($"two functions are named '{function.Name}'");
                offset += function.Instructions.Length * 8;
            }
        }
    }

    private static string SectionOf(ProgramDefinition program)
    {
        string section = program.Section.TrimStart('?');
        if (section.Length == 0) throw Wrong($"program '{program.Name}' has no section name, which is what says its type in an ELF file");
        return program.AutoLoad ? section : "?" + section;
    }

    private void AddDataSections()
    {
        foreach (MapDefinition map in _object.Maps)
        {
            if (map.Role is not (MapRole.Data or MapRole.Bss or MapRole.ReadOnlyData)) continue;
            bool isZero = map.InitialValue is null || (map.Role == MapRole.Bss && !map.InitialValue.AsSpan().ContainsAnyExcept((byte)0));
            if (map.Role == MapRole.Bss && !isZero) throw Wrong($"section '{map.Name}' has values other than zero, which an ELF file cannot hold for it", "help: declare the variables with an initial value, so that they are in .data");
            byte[] bytes = map.Role == MapRole.Bss ? [] : map.InitialValue ?? new byte[map.ValueSize];
            ulong flags = ElfConstants.FlagAlloc | (map.Role == MapRole.ReadOnlyData ? 0 : ElfConstants.FlagWrite);
            int section = _elf.AddSection(map.Name, map.Role == MapRole.Bss ? ElfSectionType.NoBits : ElfSectionType.ProgBits, flags, bytes, 8, map.ValueSize);
            _data.Add(map.Name, (section, SectionSymbol(section), bytes));
        }
    }

    private void AddNotes()
    {
        ulong flags = ElfConstants.FlagAlloc | ElfConstants.FlagWrite;
        if (_object.License.Length > 0)
        {
            byte[] text = Encoding.UTF8.GetBytes(_object.License + "\0");
            AddNote("license", text);
        }

        if (_object.KernelVersion != 0)
        {
            byte[] version = BitConverter.GetBytes(_object.KernelVersion);
            if (_object.IsBigEndian) version.AsSpan().Reverse();
            AddNote("version", version);
        }

        void AddNote(string name, byte[] bytes)
        {
            int section = _elf.AddSection(name, ElfSectionType.ProgBits, flags, bytes, 4);
            AddSectionVariables(name, section);
        }
    }

    /// <summary>Loaders look for a symbol of every global variable in the BTF.</summary>
    private void AddSectionVariables(string name, int section)
    {
        uint id = _object.Types?.FindByName(name, BtfKind.DataSection) ?? 0;
        if (id == 0) return;
        BtfType data = _object.Types![id];
        for (int i = 0; i < data.Count; i++)
        {
            BtfSectionVariable variable = data.Variable(i);
            BtfType type = _object.Types[variable.TypeId];
            if (type.Kind == BtfKind.Var) _elf.AddSymbol(type.Name, ElfSymbolType.Object, type.Linkage == 0 ? ElfBinding.Local : ElfBinding.Global, section, variable.Offset, variable.Size);
        }
    }

    private void AddSymbolsOfFunctions()
    {
        foreach ((int section, _, _, List<FunctionDefinition> functions) in _code)
        {
            SectionSymbol(section);
            foreach (FunctionDefinition function in functions)
            {
                ElfBinding binding = function.Linkage == FunctionLinkage.Static ? ElfBinding.Local : ElfBinding.Global;
                _symbols[function.Name] = _elf.AddSymbol(function.Name, ElfSymbolType.Function, binding, section, (ulong)_places[function.Name].Offset, (ulong)function.Instructions.Length * 8);
            }
        }
    }

    private void AddGlobals()
    {
        foreach (GlobalVariable variable in _object.Globals)
        {
            if (!_data.TryGetValue(variable.Map.Name, out (int Section, int Symbol, byte[]? Bytes) data)) continue;
            bool isLocal = variable.TypeId != 0 && _object.Types is { } types && types[variable.TypeId].Linkage == 0;
            int symbol = _elf.AddSymbol(variable.Name, ElfSymbolType.Object, isLocal ? ElfBinding.Local : ElfBinding.Global, data.Section, (ulong)variable.Offset, (ulong)variable.Size);
            if (!isLocal) _variables.TryAdd((variable.Map.Name, variable.Offset), symbol);
        }
    }

    private void AddMaps()
    {
        MapDefinition[] maps = [.. _object.Maps.Where(map => map.Role == MapRole.Declared)];
        if (maps.Length == 0) return;
        List<(uint Offset, uint Size)> places = _types.AddMaps(maps);
        (uint lastOffset, uint lastSize) = places[^1];
        int section = _elf.AddSection(".maps", ElfSectionType.ProgBits, ElfConstants.FlagAlloc | ElfConstants.FlagWrite, new byte[lastOffset + lastSize], 8);
        for (int i = 0; i < maps.Length; i++) _symbols[maps[i].Name] = _elf.AddSymbol(maps[i].Name, ElfSymbolType.Object, ElfBinding.Global, section, places[i].Offset, places[i].Size);
        for (int i = 0; i < maps.Length; i++)
        {
            if (maps[i].InitialSlots.Count == 0) continue;
            uint slots = maps[i].InitialSlots.Max(slot => slot.Index) + 1;
            uint values = places[i].Offset + places[i].Size - (slots * 8);
            foreach ((uint index, string symbol) in maps[i].InitialSlots) _elf.AddRelocation(section, values + (index * 8), Symbol(symbol, $"map '{maps[i].Name}'"), ElfRelocationType.Abs64);
        }
    }

    private void AddStructOps()
    {
        Dictionary<uint, (int Section, BtfSectionVariable Place)> places = [];
        foreach (MapDefinition map in _object.Maps)
        {
            if (map.Role != MapRole.StructOps) continue;
            if (!places.TryGetValue(map.DefinitionTypeId, out (int Section, BtfSectionVariable Place) place))
            {
                AddStructOpsSection(map, places);
                if (!places.TryGetValue(map.DefinitionTypeId, out place)) throw Wrong($"struct_ops '{map.Name}' has no variable in the BTF");
            }

            foreach ((uint offset, string symbol) in map.InitialSlots)
                _elf.AddRelocation(place.Section, place.Place.Offset + offset, Symbol(symbol, $"struct_ops '{map.Name}'"), ElfRelocationType.Abs64);
        }
    }

    private void AddStructOpsSection(MapDefinition map, Dictionary<uint, (int Section, BtfSectionVariable Place)> places)
    {
        BtfTypes types = _object.Types ?? throw Wrong($"struct_ops '{map.Name}' needs BTF");
        for (uint id = 1; id < types.Count; id++)
        {
            BtfType data = types[id];
            if (data.Kind != BtfKind.DataSection || !data.Name.Contains("struct_ops", StringComparison.Ordinal)) continue;
            byte[] bytes = new byte[data.Size];
            Dictionary<uint, BtfSectionVariable> found = [];
            for (int i = 0; i < data.Count; i++) found[data.Variable(i).TypeId] = data.Variable(i);
            if (!found.ContainsKey(map.DefinitionTypeId)) continue;
            foreach (MapDefinition other in _object.Maps)
            {
                if (other.Role == MapRole.StructOps && other.InitialValue is { } value && found.TryGetValue(other.DefinitionTypeId, out BtfSectionVariable place))
                    value.CopyTo(bytes, (int)place.Offset);
            }

            int section = _elf.AddSection(data.Name, ElfSectionType.ProgBits, ElfConstants.FlagAlloc | ElfConstants.FlagWrite, bytes, 8);
            AddSectionVariables(data.Name, section);
            foreach ((uint variable, BtfSectionVariable place) in found) places[variable] = (section, place);
            return;
        }
    }

    private void Relocate(int section, string sectionName, Instruction[] code, FunctionDefinition function)
    {
        int start = _places[function.Name].Offset / 8;
        foreach (Relocation relocation in function.Relocations)
        {
            int slot = start + relocation.Instruction;
            ulong offset = (ulong)slot * 8;
            switch (relocation.Kind)
            {
                case RelocationKind.Map when _object.Maps.TryGet(relocation.Symbol, out MapDefinition? map) && map.Role == MapRole.Declared:
                case RelocationKind.ExternVariable:
                    SetWide(code, slot, (int)relocation.Addend);
                    _elf.AddRelocation(section, offset, Symbol(relocation.Symbol, $"function '{function.Name}'"), ElfRelocationType.Bpf64Load);
                    break;
                case RelocationKind.MapValue when _data.TryGetValue(relocation.Symbol, out (int Section, int Symbol, byte[]? Bytes) data):
                    // by the variable's own symbol where there is one, as compilers do: listings then name it
                    bool isNamed = _variables.TryGetValue((relocation.Symbol, relocation.Addend), out int variable);
                    SetWide(code, slot, isNamed ? 0 : (int)relocation.Addend);
                    _elf.AddRelocation(section, offset, isNamed ? variable : data.Symbol, ElfRelocationType.Bpf64Load);
                    break;
                case RelocationKind.ExternCall:
                    code[slot] = code[slot].WithSource(1).WithImmediate(-1);
                    _elf.AddRelocation(section, offset, Symbol(relocation.Symbol, $"function '{function.Name}'"), ElfRelocationType.Call);
                    break;
                case RelocationKind.FunctionCall:
                case RelocationKind.FunctionAddress:
                    RelocateFunction(section, code, function, relocation, slot);
                    break;
                default:
                    throw Wrong($"function '{function.Name}', instruction {relocation.Instruction} refers to {relocation.Kind} '{relocation.Symbol}' in section '{sectionName}', for which ELF objects have no form",
                        "help: addresses can be taken of the variables of data sections only");
            }
        }
    }

    /// <summary>Static functions are referred to by their section's symbol and an offset, global ones by their own; libbpf insists.</summary>
    private void RelocateFunction(int section, Instruction[] code, FunctionDefinition function, Relocation relocation, int slot)
    {
        if (!_places.TryGetValue(relocation.Symbol, out (int Section, string SectionName, int Offset, FunctionDefinition Function) callee))
        {
            throw new ObjectFormatException(new Diagnostic(ProgramLinker.UnresolvedSymbol, Severity.Error,
                $"function '{function.Name}' refers to function '{relocation.Symbol}', which the object does not have", null, relocation.Instruction, []));
        }

        bool isStatic = callee.Function.Linkage == FunctionLinkage.Static;
        bool isCall = relocation.Kind == RelocationKind.FunctionCall;
        if (isCall && callee.Section == section)
        {
            code[slot] = code[slot].WithSource(1).WithImmediate((callee.Offset / 8) - slot - 1);
            return;
        }

        if (isCall) code[slot] = code[slot].WithSource(1).WithImmediate(isStatic ? (callee.Offset / 8) - 1 : -1);
        else SetWide(code, slot, isStatic ? callee.Offset : 0);
        _elf.AddRelocation(section, (ulong)slot * 8, isStatic ? SectionSymbol(callee.Section) : _symbols[relocation.Symbol], isCall ? ElfRelocationType.Call : ElfRelocationType.Bpf64Load);
    }

    private static void SetWide(Instruction[] code, int slot, int immediate)
    {
        code[slot] = code[slot].WithSource(0).WithImmediate(immediate);
        code[slot + 1] = code[slot + 1].WithImmediate(0);
    }

    private void FillCode()
    {
        foreach ((int section, _, Instruction[] code, _) in _code)
        {
            Span<byte> bytes = _elf.Bytes(section);
            if (!_object.IsBigEndian)
            {
                MemoryMarshal.AsBytes(code.AsSpan()).CopyTo(bytes);
                continue;
            }

            for (int i = 0; i < code.Length; i++)
            {
                Span<byte> slot = bytes.Slice(i * 8, 8);
                slot[0] = code[i].Opcode;
                slot[1] = (byte)((code[i].Destination << 4) | code[i].Source);
                System.Buffers.Binary.BinaryPrimitives.WriteInt16BigEndian(slot[2..], code[i].Offset);
                System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(slot[4..], code[i].Immediate);
            }
        }
    }

    private int SectionSymbol(int section)
    {
        if (!_sectionSymbols.TryGetValue(section, out int symbol))
            _sectionSymbols.Add(section, symbol = _elf.AddSymbol("", ElfSymbolType.Section, ElfBinding.Local, section, 0, 0));
        return symbol;
    }

    private int Symbol(string name, string who) => _symbols.TryGetValue(name, out int symbol)
        ? symbol
        : throw new ObjectFormatException(Diagnostic.Error(ProgramLinker.UnresolvedSymbol, $"{who} refers to '{name}', which the object does not have"));

    private static ObjectFormatException Wrong(string problem, params ReadOnlySpan<string> notes) => new(Diagnostic.Error(ObjectCodes.CannotWrite, problem, notes));
}
