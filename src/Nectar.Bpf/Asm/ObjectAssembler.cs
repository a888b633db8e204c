// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Asm;

/// <summary>Assembles a text with sections, programs, maps and data into an object.</summary>
internal sealed class ObjectAssembler
{
    private readonly string _file;
    private readonly DiagnosticBag _diagnostics;
    private readonly CodeBuffer _code = new();
    private readonly InstructionParser _parser;
    private readonly DirectiveParser _directives;
    private readonly List<AssembledFunction> _functions = [];
    private readonly HashSet<string> _declared = new(StringComparer.Ordinal);

    private string _section = "";
    private bool _sectionWaits; // a code section was opened, and its first label names a function
    private bool _ignored;
    private AssembledFunction? _function;

    public ObjectAssembler(string text, string file, DiagnosticBag diagnostics)
    {
        _file = file;
        _diagnostics = diagnostics;
        Scanner = new Scanner(text, file, diagnostics);
        _parser = new InstructionParser(Scanner, _code);
        _directives = new DirectiveParser(this, Scanner);
        Object.Name = file == "-" ? "" : Path.GetFileNameWithoutExtension(file);
    }

    public Scanner Scanner { get; }

    /// <summary>What is being built.</summary>
    public BpfObject Object { get; } = new();

    /// <summary>Data sections in the order of the text.</summary>
    public NamedList<DataSection> Data { get; } = new(d => d.Name);

    /// <summary>The data section that is open; null in code.</summary>
    public DataSection? OpenData { get; private set; }

    /// <summary>Symbols of data sections: section and offset.</summary>
    public Dictionary<string, (DataSection Section, int Offset)> Symbols { get; } = new(StringComparer.Ordinal);

    /// <summary>Assembles the whole text; null if there was an error.</summary>
    public BpfObject? Assemble()
    {
        int errors = _diagnostics.ErrorCount;
        while (Scanner.NextLine()) ParseLine();
        EndFunction();
        _directives.Finish();
        if (_functions.Count == 0 && _diagnostics.ErrorCount == errors && Object.Maps.Count == 0 && Data.Count == 0)
        {
            Scanner.Report(Severity.Error, AsmCodes.Empty, 1, 0, 0, 0, "the text has no instructions");
        }

        new ObjectResolver(this, _functions, _file, _diagnostics).Finish();
        if (_diagnostics.ErrorCount != errors) return null;
        Object.Types = _directives.EmitTypes();
        return Object;
    }

    /// <summary>Opens a section.</summary>
    public void OpenSection(string name)
    {
        EndFunction();
        _section = name;
        _sectionWaits = false;
        OpenData = null;
        _ignored = name.StartsWith(".BTF", StringComparison.Ordinal) || name.StartsWith(".debug", StringComparison.Ordinal) || name.StartsWith(".rel", StringComparison.Ordinal)
            || name.StartsWith(".llvm", StringComparison.Ordinal) || name is ".symtab" or ".strtab";
        if (_ignored) return;
        if (DataSection.IsData(name) || name is "license" or "version")
        {
            if (!Data.TryGet(name, out DataSection? data)) Data.Add(data = new DataSection(name));
            OpenData = data;
            return;
        }

        _sectionWaits = true;
    }

    /// <summary>Notes that a label will name a function.</summary>
    public void Declare(string name) => _declared.Add(name);

    /// <summary>Starts a function; its instructions follow.</summary>
    public bool BeginFunction(string name, string section, FunctionLinkage linkage, ProgramAttributes? program, int start, int end)
    {
        EndFunction();
        OpenData = null;
        _ignored = false;
        _section = section;
        _sectionWaits = false;
        _function = new AssembledFunction { Name = name, Section = section, Linkage = linkage, Program = program, Place = (Scanner.Line, Scanner.LineStart, start, end) };
        foreach (AssembledFunction other in _functions)
        {
            if (other.Name == name) return Scanner.Fail(AsmCodes.DuplicateName, start, end, $"function '{name}' is already defined in line {other.Place.Line.ToString(CultureInfo.InvariantCulture)}");
        }

        return true;
    }

    private void ParseLine()
    {
        if (_directives.IsInBlock)
        {
            _directives.ContinueBlock();
            return;
        }

        if (SkipToolLine()) return;
        Columns.Skip(Scanner, out int opcode, out int registers);
        while (!Scanner.AtEnd())
        {
            int start = Scanner.Position;
            bool bracket = Scanner.Take('<');
            ReadOnlySpan<char> name = Scanner.TakeName();
            int nameEnd = Scanner.Position;
            if (bracket && !name.IsEmpty && Scanner.Take('>') && Scanner.Take(':'))
            {
                DefineLabel(name.ToString(), start + 1, nameEnd, !name.StartsWith("LBB", StringComparison.Ordinal));
                continue;
            }

            if (!bracket && !name.IsEmpty && Scanner.Current == ':')
            {
                Scanner.Position++;
                if (!_ignored) DefineLabel(name.ToString(), start, nameEnd, false);
                continue;
            }

            if (!bracket && name.Length > 1 && name[0] == '.' && name is not ".insn")
            {
                _directives.Parse(name, start, _ignored);
                return;
            }

            if (_ignored) return;
            Scanner.Position = start;
            if (!bracket && name.StartsWith("R_BPF_", StringComparison.Ordinal)) ParseRelocation();
            else ParseInstruction(start, opcode, registers);
            return;
        }
    }

    private void ParseInstruction(int start, int opcode, int registers)
    {
        if (OpenData is not null)
        {
            Scanner.Fail(AsmCodes.WrongSection, start, Scanner.TokenEnd(), $"instructions cannot stand in the data section '{OpenData.Name}'", "help: open a code section first: .section \"xdp\", .text, .program or .function");
            return;
        }

        if (_function is null) BeginFunction(ImplicitName(), _section.Length == 0 ? "main" : _section, FunctionLinkage.Global, null, start, start);
        int slot = _code.Count;
        if (!_parser.Parse(opcode, registers))
        {
            // Keep the place, so that distances in the following lines stay right and do not cause further errors.
            if (_code.Count == slot) _code.Add(new Instruction(0x05, 0, 0, 0, 0));
            return;
        }

        _function!.Marks.Add(new LineMark(slot, Scanner.Line, Scanner.LineStart, start));
    }

    /// <summary>Applies a relocation line of <c>llvm-objdump -dr</c> to the instruction before it.</summary>
    private void ParseRelocation()
    {
        ReadOnlySpan<char> kind = Scanner.TakeName();
        bool wide = kind is "R_BPF_64_64";
        Scanner.SkipBlanks();
        int start = Scanner.Position;
        ReadOnlySpan<char> symbol = Scanner.TakeName();
        int slot = _code.Count - (wide ? 2 : 1);
        if (symbol.IsEmpty || slot < 0 || (!wide && kind is not "R_BPF_64_32"))
        {
            Scanner.Unexpected("R_BPF_64_64 or R_BPF_64_32 and a symbol, behind an instruction");
            return;
        }

        Instruction instruction = _code.Code[slot];
        _code.Code[slot] = instruction.WithImmediate(wide ? 0 : -1);
        _code.References.Add(new Reference(slot, wide ? ReferenceKind.Symbol : ReferenceKind.Call, start, Scanner.Position, Scanner.Line, Scanner.LineStart, wide ? instruction.Immediate : 0));
    }

    private void DefineLabel(string name, int start, int end, bool startsFunction)
    {
        if (OpenData is not null)
        {
            if (!Symbols.TryAdd(name, (OpenData, OpenData.Bytes.Count))) Scanner.Fail(AsmCodes.DuplicateName, start, end, $"symbol '{name}' is already defined");
            return;
        }

        if (startsFunction || _sectionWaits || (_declared.Contains(name) && _function?.Name != name))
        {
            bool global = _declared.Contains(name) || _section is not ("" or ".text");
            BeginFunction(name, _section.Length == 0 ? "main" : _section, global ? FunctionLinkage.Global : FunctionLinkage.Static, null, start, end);
            return;
        }

        if (_function is null) BeginFunction(ImplicitName(), _section.Length == 0 ? "main" : _section, FunctionLinkage.Global, null, start, start);
        if (_function!.Name == name && _code.Count == 0)
        {
            _code.Labels.TryAdd(name, 0); // the label of a function that a directive already named
            return;
        }

        if (!_code.Labels.TryAdd(name, _code.Count)) Scanner.Fail(AsmCodes.DuplicateName, start, end, $"label '{name}' is already defined in this function");
    }

    /// <summary>The name of a function that nothing names: main, or the last part of its section.</summary>
    private string ImplicitName()
    {
        if (_section is "" or ".text") return "main";
        string name = new([.. _section.Select(c => Scanner.IsNameCharacter(c) && c != '.' ? c : '_')]);
        return name;
    }

    private void EndFunction()
    {
        if (_function is null) return;
        LabelResolver.Resolve(Scanner, _code, _function.References);
        _function.Code = _code.Code.ToArray();
        _code.Clear();
        if (_function.Code.Length == 0)
        {
            (int line, int lineStart, int start, int end) = _function.Place;
            Scanner.Report(Severity.Error, AsmCodes.Empty, line, lineStart, start, end, $"function '{_function.Name}' has no instructions");
        }
        else
        {
            _functions.Add(_function);
        }

        _function = null;
    }

    /// <summary>Recognises the lines around instructions in the output of llvm-objdump and bpftool.</summary>
    private bool SkipToolLine()
    {
        ReadOnlySpan<char> rest = Scanner.Rest.TrimEnd();
        if (rest.StartsWith("Disassembly of section ", StringComparison.Ordinal) && rest[^1] == ':')
        {
            OpenSection(rest["Disassembly of section ".Length..^1].ToString());
            _sectionWaits = false;
            return true;
        }

        if (rest.EndsWith("\tfile format elf64-bpf", StringComparison.Ordinal)) return true;

        // "0000000000000010 <name>:"
        int digits = 0;
        while (digits < rest.Length && char.IsAsciiHexDigit(rest[digits])) digits++;
        if (digits == 16 && rest.Length > 18 && rest[16] == ' ' && rest[17] == '<') Scanner.Position += 17;

        // "int filter(struct __sk_buff * skb):", which bpftool prints before a function
        return rest.Length > 2 && rest[^1] == ':' && rest[^2] == ')' && rest.Contains('(') && !rest.Contains('"');
    }
}
