// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Asm;
using Nectar.Bpf.Diagnostics;

/// <summary>Reads directives: everything that starts with a dot.</summary>
internal sealed class DirectiveParser
{
    private static readonly string[] s_names =
    [
        ".section", ".text", ".data", ".rodata", ".bss", ".program", ".function", ".global", ".license", ".version", ".map", ".struct", ".byte", ".half", ".word",
        ".quad", ".ascii", ".asciz", ".zero", ".align", ".equ", ".extern", ".insn",
    ];

    private readonly ObjectAssembler _assembler;
    private readonly Scanner _scanner;
    private readonly TypeDirectives _types;
    private readonly MapDirective _maps;

    public DirectiveParser(ObjectAssembler assembler, Scanner scanner)
    {
        _assembler = assembler;
        _scanner = scanner;
        _types = new TypeDirectives(scanner);
        _maps = new MapDirective(assembler, scanner, _types);
    }

    /// <summary>True while the lines of a <c>.struct</c> are read.</summary>
    public bool IsInBlock => _types.IsOpen;

    /// <summary>Reads one more line of a block.</summary>
    public void ContinueBlock() => _types.Continue();

    /// <summary>Reports what is still open at the end of the text, and resolves what maps say about each other.</summary>
    public void Finish()
    {
        _types.Finish();
        _maps.Finish();
    }

    /// <summary>The types of the structs and maps of the text; null if there are none.</summary>
    public Btf.BtfTypes? EmitTypes() => TypeEmitter.Emit(_types.Structs, _maps.Typed);

    /// <summary>Reads the directive whose name was just taken.</summary>
    /// <param name="name">The name with its dot.</param>
    /// <param name="start">Where it starts.</param>
    /// <param name="onlySections">True in a section whose content is skipped.</param>
    public bool Parse(ReadOnlySpan<char> name, int start, bool onlySections)
    {
        int end = _scanner.Position;
        if (onlySections && name is not (".section" or ".text" or ".data" or ".bss" or ".rodata")) return true;
        bool good = name switch
        {
            ".section" => Section(),
            ".text" or ".data" or ".rodata" or ".bss" => Open(name.ToString()),
            ".program" => Program(),
            ".function" => Function(),
            ".global" or ".globl" => Global(),
            ".license" => License(),
            ".version" => Version(),
            ".map" => _maps.Parse(),
            ".struct" => _types.Begin(),
            ".byte" => Numbers(1, start, end),
            ".half" or ".short" or ".2byte" => Numbers(2, start, end),
            ".word" or ".long" or ".4byte" => Numbers(4, start, end),
            ".quad" or ".8byte" or ".xword" => Numbers(8, start, end),
            ".ascii" => Text(false, start, end),
            ".asciz" or ".string" => Text(true, start, end),
            ".zero" or ".space" or ".skip" => Zero(start, end),
            ".align" or ".balign" => Align(false),
            ".p2align" => Align(true),
            ".equ" or ".set" => ConstantDirective.Parse(_scanner),
            ".extern" => Extern(),
            ".type" => Type(),
            // what clang -S writes and an object of ours does not need
            ".size" or ".file" or ".ident" or ".addrsig" or ".addrsig_sym" or ".loc" or ".weak" or ".hidden" or ".local" or ".cfi_startproc" or ".cfi_endproc" or ".cfi_sections" => SkipLine(),
            _ => _scanner.Fail(AsmCodes.UnknownDirective, start, end, $"there is no directive '{name}'", NearestNames.Help(name, s_names)),
        };
        return good && (_types.IsOpen || _scanner.AtEnd() || _scanner.Unexpected("the end of the directive"));
    }

    private bool Section()
    {
        _scanner.SkipBlanks();
        int start = _scanner.Position;
        if (!NameOrString(out string name)) return false;
        if (name is ".maps" or "maps")
        {
            _assembler.OpenSection(".BTF.maps");
            return _scanner.Fail(AsmCodes.BadArgument, start, _scanner.Position, "maps are not declared in a section here", "help: write '.map NAME type=hash key=4 value=8 max=1024'");
        }

        _assembler.OpenSection(name);
        return SkipLine(); // flags and type, as in ,"ax",@progbits
    }

    private bool Open(string name)
    {
        _assembler.OpenSection(name);
        return true;
    }

    private bool Program()
    {
        if (!Name("the name of the program", out string name, out int start, out int end)) return false;
        ProgramAttributes program = new();
        string? section = null;
        SectionDefinition? kind = null;
        while (Argument.TryRead(_scanner, out Argument argument))
        {
            switch (argument.Key)
            {
                case "type":
                    kind = ProgramKinds.FindName(argument.Text);
                    if (kind is null) return argument.Fail(_scanner, $"there is no program type '{argument.Text}'", NearestNames.Help(argument.Text, ProgramKinds.Names));
                    program.Type = kind.Type;
                    program.Attach = kind.AttachType;
                    break;
                case "section":
                    section = argument.Text;
                    break;
                case "target":
                    program.Target = argument.Text;
                    break;
                case "attach":
                    if (!TryEnum(argument.Text, "BPF_", out AttachType attach)) return argument.Fail(_scanner, $"there is no attach type '{argument.Text}'", NearestNames.Help(argument.Text, Enum.GetNames<AttachType>()));
                    program.Attach = attach;
                    break;
                case "flags":
                    if (!argument.TryNumber(_scanner, out ulong flags) || flags > uint.MaxValue) return argument.Fail(_scanner, "the load flags are a 32-bit number");
                    program.Flags = (uint)flags;
                    break;
                case "sleepable":
                    program.IsSleepable = true;
                    break;
                case "autoload":
                    program.AutoLoad = argument.Text is not ("no" or "false" or "0");
                    break;
                default:
                    return argument.Unknown(_scanner, "type", "section", "target", "attach", "flags", "sleepable", "autoload");
            }
        }

        if (kind is null && section is null) return _scanner.Fail(AsmCodes.BadArgument, start, end, $"program '{name}' has neither type nor section", "help: write 'type=xdp' or 'section=\"xdp\"'");
        section ??= program.Target is null ? kind!.Name : $"{kind!.Name}/{program.Target}";
        return _assembler.BeginFunction(name, section, FunctionLinkage.Global, program, start, end);
    }

    private bool Function()
    {
        if (!Name("the name of the function", out string name, out int start, out int end)) return false;
        FunctionLinkage linkage = _scanner.TakeWord("global") ? FunctionLinkage.Global : FunctionLinkage.Static;
        _scanner.TakeWord("static");
        return _assembler.BeginFunction(name, ".text", linkage, null, start, end);
    }

    private bool Global()
    {
        do
        {
            if (!Name("a name", out string name, out _, out _)) return false;
            _assembler.Declare(name);
        }
        while (_scanner.Take(','));
        return true;
    }

    /// <summary>Reads <c>.type name,@function</c>, which clang writes before a function's label.</summary>
    private bool Type()
    {
        ReadOnlySpan<char> name = _scanner.TakeName();
        if (_scanner.Rest.Contains("@function", StringComparison.Ordinal)) _assembler.Declare(name.ToString());
        return SkipLine();
    }

    private bool License()
    {
        if (!_scanner.TakeString(out byte[] text)) return false;
        _assembler.Object.License = Encoding.UTF8.GetString(text);
        return true;
    }

    private bool Version()
    {
        if (!_scanner.TakeNumber(out NumberText number) || !number.TryRange(0, uint.MaxValue, out long value)) return _scanner.Unexpected("a kernel version as a 32-bit number");
        _assembler.Object.KernelVersion = (uint)value;
        return true;
    }

    private bool Extern()
    {
        if (!Name("the name of the extern", out string name, out int start, out int end)) return false;
        ExternKind kind = ExternKind.KernelFunction;
        bool weak = false;
        ulong size = 0;
        while (Argument.TryRead(_scanner, out Argument argument))
        {
            switch (argument.Key == "kind" ? argument.Text : argument.Key)
            {
                case "kfunc":
                    kind = ExternKind.KernelFunction;
                    break;
                case "ksym":
                    kind = ExternKind.KernelVariable;
                    break;
                case "kconfig":
                    kind = ExternKind.Kconfig;
                    break;
                case "weak":
                    weak = true;
                    break;
                case "size":
                    if (!argument.TryNumber(_scanner, out size) || size > 4096) return argument.Fail(_scanner, "the size is a number of bytes up to 4096");
                    break;
                default:
                    return argument.Unknown(_scanner, "kfunc", "ksym", "kconfig", "weak", "size");
            }
        }

        if (_assembler.Object.Externs.TryGet(name, out _)) return _scanner.Fail(AsmCodes.DuplicateName, start, end, $"extern '{name}' is already declared");
        int offset = 0;
        if (kind == ExternKind.Kconfig)
        {
            if (size is not (1 or 2 or 4 or 8)) return _scanner.Fail(AsmCodes.BadArgument, start, end, $"kconfig value '{name}' needs size=1, 2, 4 or 8");
            foreach (ExternDefinition other in _assembler.Object.Externs)
            {
                if (other.Kind == ExternKind.Kconfig) offset = Math.Max(offset, other.Offset + other.Size);
            }

            offset = (offset + (int)size - 1) & -(int)size;
        }

        _assembler.Object.Externs.Add(new ExternDefinition { Name = name, Kind = kind, IsWeak = weak, Size = (int)size, Offset = offset });
        return true;
    }

    private bool Numbers(int size, int start, int end)
    {
        if (Data(start, end) is not { } data) return false;
        Span<byte> bytes = stackalloc byte[8];
        do
        {
            _scanner.SkipBlanks();
            int at = _scanner.Position;
            if (!_scanner.TakeNumber(out NumberText number)) return _scanner.Unexpected("a number");
            ulong limit = size == 8 ? ulong.MaxValue : (1UL << (8 * size)) - 1;
            bool fits = number.Fits && (number.IsNegative ? (long)number.Bits >= -(long)(limit / 2) - 1 : number.Bits <= limit);
            if (!fits) return _scanner.Fail(AsmCodes.ImmediateRange, at, _scanner.Position, $"{_scanner.Slice(at, _scanner.Position)} does not fit {size} byte{(size > 1 ? "s" : "")}");
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, number.Bits);
            if (data.IsBss && number.Bits != 0) return _scanner.Fail(AsmCodes.WrongSection, at, _scanner.Position, $"'{data.Name}' holds only zeros", "help: use .data for variables with a value");
            data.Bytes.AddRange(bytes[..size]);
        }
        while (_scanner.Take(','));
        return true;
    }

    private bool Text(bool terminate, int start, int end)
    {
        if (Data(start, end) is not { } data) return false;
        do
        {
            if (!_scanner.TakeString(out byte[] text)) return false;
            data.Bytes.AddRange(text);
            if (terminate) data.Bytes.Add(0);
        }
        while (_scanner.Take(','));
        return true;
    }

    private bool Zero(int start, int end)
    {
        if (Data(start, end) is not { } data) return false;
        _scanner.SkipBlanks();
        int at = _scanner.Position;
        if (!_scanner.TakeNumber(out NumberText number)) return _scanner.Unexpected("a number of bytes");
        if (!number.TryRange(0, 1 << 28, out long count)) return _scanner.Fail(AsmCodes.BadArgument, at, _scanner.Position, "a data section holds at most 268435456 bytes");
        data.Bytes.AddRange(new byte[count]);
        return true;
    }

    private bool Align(bool isPower)
    {
        if (!_scanner.TakeNumber(out NumberText number) || !number.TryRange(0, isPower ? 12 : 4096, out long value)) return _scanner.Unexpected("an alignment up to 4096");
        SkipLine();
        int alignment = isPower ? 1 << (int)value : (int)value;
        while (_assembler.OpenData is { } data && alignment > 1 && data.Bytes.Count % alignment != 0) data.Bytes.Add(0);
        return true;
    }

    private DataSection? Data(int start, int end)
    {
        if (_assembler.OpenData is { } data) return data;
        _scanner.Fail(AsmCodes.WrongSection, start, end, "data can stand in a data section only", "help: open one first: .data, .rodata or .bss");
        return null;
    }

    private bool SkipLine()
    {
        _scanner.Position += _scanner.Rest.Length;
        return true;
    }

    private bool Name(string what, out string name, out int start, out int end)
    {
        _scanner.SkipBlanks();
        start = _scanner.Position;
        name = _scanner.TakeName().ToString();
        end = _scanner.Position;
        return name.Length > 0 || _scanner.Unexpected(what);
    }

    private bool NameOrString(out string name)
    {
        _scanner.SkipBlanks();
        name = "";
        if (_scanner.Current == '"')
        {
            if (!_scanner.TakeString(out byte[] bytes)) return false;
            name = Encoding.UTF8.GetString(bytes);
            return true;
        }

        int start = _scanner.Position;
        while (_scanner.Current is not ('\0' or ',' or ' ' or '\t')) _scanner.Position++;
        name = _scanner.Slice(start, _scanner.Position).ToString();
        return name.Length > 0 || _scanner.Unexpected("the name of a section");
    }

    /// <summary>Finds an enum value by its kernel name or C# name, with or without underscores.</summary>
    internal static bool TryEnum<T>(string text, string prefix, out T value)
        where T : struct, Enum
    {
        if (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) text = text[prefix.Length..];
        return Enum.TryParse(text.Replace("_", "", StringComparison.Ordinal), true, out value) && !char.IsAsciiDigit(text[0]);
    }
}
