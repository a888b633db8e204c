// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Asm;

/// <summary>The last step of an object: every name in an instruction becomes a relocation, functions are checked and programs declared.</summary>
internal sealed class ObjectResolver
{
    private readonly ObjectAssembler _assembler;
    private readonly Scanner _scanner;
    private readonly List<AssembledFunction> _functions;
    private readonly HashSet<string> _names;
    private readonly string _file;
    private readonly DiagnosticBag _diagnostics;

    public ObjectResolver(ObjectAssembler assembler, List<AssembledFunction> functions, string file, DiagnosticBag diagnostics)
    {
        _assembler = assembler;
        _scanner = assembler.Scanner;
        _functions = functions;
        _names = [.. functions.Select(f => f.Name)];
        _file = file;
        _diagnostics = diagnostics;
    }

    /// <summary>Adds maps of data sections, functions and programs to the object.</summary>
    public void Finish()
    {
        foreach (DataSection data in _assembler.Data) AddData(data);
        foreach (AssembledFunction function in _functions) AddFunction(function);
    }

    private void AddData(DataSection data)
    {
        if (data.Name == "license")
        {
            _assembler.Object.License = System.Text.Encoding.UTF8.GetString([.. data.Bytes.TakeWhile(b => b != 0)]);
            return;
        }

        if (data.Name == "version")
        {
            if (data.Bytes.Count >= 4) _assembler.Object.KernelVersion = BitConverter.ToUInt32([.. data.Bytes], 0);
            return;
        }

        if (data.Bytes.Count == 0) return;
        _assembler.Object.Maps.Add(new MapDefinition
        {
            Name = data.Name,
            Type = MapType.Array,
            Role = data.IsBss ? MapRole.Bss : data.IsReadOnly ? MapRole.ReadOnlyData : MapRole.Data,
            KeySize = 4,
            ValueSize = (uint)data.Bytes.Count,
            MaxEntries = 1,
            Flags = MapFlags.Mmapable | (data.IsReadOnly ? MapFlags.ReadOnlyProgram : MapFlags.None),
            InitialValue = [.. data.Bytes],
        });
    }

    private void AddFunction(AssembledFunction function)
    {
        List<Relocation> relocations = [];
        foreach (Reference reference in function.References)
        {
            if (Resolve(function, reference) is { } relocation) relocations.Add(relocation);
        }

        relocations.Sort((a, b) => a.Instruction.CompareTo(b.Instruction));
        FunctionDefinition definition = new()
        {
            Name = function.Name,
            Section = function.Section,
            Instructions = function.Code,
            Linkage = function.Linkage,
            Relocations = relocations,
            Lines = [.. function.Marks.Select(m => new LineInfo(m.Slot, _file, LineText(m), m.Line, m.Start - m.LineStart + 1))],
        };
        _assembler.Object.Functions.Add(definition);
        CheckStructure(function);
        if (function.Section != ".text" || function.Program is not null) AddProgram(function, definition);
    }

    private void AddProgram(AssembledFunction function, FunctionDefinition entry)
    {
        ProgramAttributes? said = function.Program;
        SectionNames.TryParse(function.Section, out SectionDefinition? kind, out string? target, out bool autoLoad);
        _assembler.Object.Programs.Add(new ProgramDefinition
        {
            Name = function.Name,
            Section = function.Section,
            Entry = entry,
            Type = said is { Type: not ProgramType.Unspec } ? said.Type : kind?.Type ?? ProgramType.Unspec,
            ExpectedAttachType = said?.Attach ?? kind?.AttachType,
            AttachTarget = said?.Target ?? target,
            IsSleepable = said is { IsSleepable: true } || Has(kind, SectionTraits.Sleepable),
            AutoLoad = autoLoad && said is not { AutoLoad: false },
            Flags = (said?.Flags ?? 0) | (Has(kind, SectionTraits.XdpFrags) ? SectionNames.XdpHasFrags : 0),
        });
    }

    private static bool Has(SectionDefinition? kind, SectionTraits trait) => kind is not null && (kind.Traits & trait) != 0;

    private Relocation? Resolve(AssembledFunction function, Reference reference)
    {
        string name = _scanner.Slice(reference.Start, reference.End).ToString();
        BpfObject @object = _assembler.Object;
        if (reference.Kind == ReferenceKind.Call) return ResolveCall(function, reference, name);
        if (@object.Maps.TryGet(name, out _))
        {
            bool value = reference.Kind == ReferenceKind.MapValue || reference.Addend != 0;
            return new Relocation(reference.Slot, value ? RelocationKind.MapValue : RelocationKind.Map, name, reference.Addend);
        }

        if (reference.Kind == ReferenceKind.Symbol)
        {
            if (_assembler.Symbols.TryGetValue(name, out (DataSection Section, int Offset) symbol))
            {
                return new Relocation(reference.Slot, RelocationKind.MapValue, symbol.Section.Name, symbol.Offset + reference.Addend);
            }

            if (_names.Contains(name)) return new Relocation(reference.Slot, RelocationKind.FunctionAddress, name, reference.Addend);
            if (@object.Externs.TryGet(name, out _)) return new Relocation(reference.Slot, RelocationKind.ExternVariable, name, reference.Addend);
        }

        bool map = reference.Kind != ReferenceKind.Symbol;
        IEnumerable<string> known = @object.Maps.Select(m => m.Name);
        if (!map) known = known.Concat(_assembler.Symbols.Keys).Concat(_names).Concat(@object.Externs.Select(e => e.Name));
        Report(reference, map ? $"there is no map '{name}'" : $"there is no map, variable, function or extern '{name}'", NearestNames.Help(name, known));
        return null;
    }

    private Relocation? ResolveCall(AssembledFunction function, Reference reference, string name)
    {
        if (_names.Contains(name)) return new Relocation(reference.Slot, RelocationKind.FunctionCall, name);
        int helper = HelperNames.IdOf(name);
        if (_assembler.Object.Externs.TryGet(name, out _))
        {
            function.Code[reference.Slot] = new Instruction(0x85, 0, 2, 0, -1);
            return new Relocation(reference.Slot, RelocationKind.ExternCall, name);
        }

        if (helper >= 0)
        {
            function.Code[reference.Slot] = new Instruction(0x85, 0, 0, 0, helper);
            return null;
        }

        string[] notes = NearestNames.Help(name, [.. _names, .. _assembler.Object.Externs.Select(e => e.Name), .. HelperNames.All]);
        Report(reference, $"there is no function, helper or extern '{name}'", notes.Length > 0 ? notes : [$"help: a kernel function is declared with '.extern {name} kfunc'"]);
        return null;
    }

    /// <summary>Runs the check that every host makes, and shows its findings at the lines of the text.</summary>
    private void CheckStructure(AssembledFunction function)
    {
        if (_diagnostics.HasErrors) return; // a line that could not be read leaves a gap, which the check would blame again
        DiagnosticBag found = new();
        if (ProgramStructure.Check(function.Code, found)) return;
        foreach (Diagnostic diagnostic in found.Items)
        {
            LineMark? mark = FindMark(function, diagnostic.Instruction ?? 0);
            if (mark is not { } place)
            {
                _diagnostics.Add(diagnostic);
                continue;
            }

            string text = LineText(place);
            _scanner.Report(diagnostic.Severity, diagnostic.Code, place.Line, place.LineStart, place.Start, place.Start + text.Length, diagnostic.Message, [.. diagnostic.Notes]);
        }
    }

    private static LineMark? FindMark(AssembledFunction function, int slot)
    {
        LineMark? found = null;
        foreach (LineMark mark in function.Marks)
        {
            if (mark.Slot > slot) break;
            found = mark;
        }

        return found;
    }

    private string LineText(LineMark mark) => _scanner.TextFrom(mark.Start);

    private void Report(Reference reference, string message, string[] notes) =>
        _scanner.Report(Severity.Error, AsmCodes.UnknownSymbol, reference.Line, reference.LineStart, reference.Start, reference.End, message, notes);
}
