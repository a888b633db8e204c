// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;
using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Elf;

namespace Nectar.Bpf.Objects;

/// <summary>
/// Reads the relocatable ELF files that compilers produce for BPF (kernel: Documentation/bpf/llvm_reloc.rst, btf.rst,
/// libbpf/libbpf_overview.rst) into a <see cref="BpfObject"/>. Each part of the file has a reader of its own; this one
/// gives the order and holds what they share.
/// </summary>
public sealed class ObjectReader
{
    private const string OwnSections = ".nectar.";

    private readonly Dictionary<uint, string> _strings = [];
    private long _stringBudget;

    private ObjectReader(ElfFile elf, string name, DiagnosticBag diagnostics)
    {
        Elf = elf;
        Diagnostics = diagnostics;
        Object = new BpfObject { Name = name, IsBigEndian = elf.IsBigEndian };
    }

    internal ElfFile Elf { get; }

    internal DiagnosticBag Diagnostics { get; }

    internal BpfObject Object { get; }

    /// <summary>Reads an object.</summary>
    /// <param name="file">The whole file; kept by the result.</param>
    /// <param name="name">A name for people, for example the file's name without extensions.</param>
    /// <exception cref="ObjectFormatException">The file is malformed or cannot be used; every error that could be found in one go.</exception>
    public static BpfObject Read(ReadOnlyMemory<byte> file, string name)
    {
        DiagnosticBag diagnostics = new();
        return TryRead(file, name, diagnostics, out BpfObject? result) ? result : throw new ObjectFormatException(diagnostics.ToImmutable());
    }

    /// <summary>Reads an object without throwing; warnings are reported for objects that can be used, too.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> file, string name, DiagnosticBag diagnostics, [NotNullWhen(true)] out BpfObject? result)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(diagnostics);
        result = null;
        int errors = diagnostics.ErrorCount;
        if (!ElfFile.TryRead(file, diagnostics, out ElfFile? elf)) return false;

        ObjectReader reader = new(elf, name, diagnostics);
        reader.ReadAll();
        if (diagnostics.ErrorCount == errors) result = reader.Object;
        return result is not null;
    }

    /// <summary>Reads only the types of an ELF file of any machine-independent kind; null if it has none.</summary>
    /// <exception cref="ObjectFormatException">The file is malformed.</exception>
    public static BtfTypes? ReadTypes(ReadOnlyMemory<byte> file)
    {
        DiagnosticBag diagnostics = new();
        if (!ElfFile.TryRead(file, diagnostics, out ElfFile? elf)) throw new ObjectFormatException(diagnostics.ToImmutable());
        foreach (ref readonly ElfSection section in elf.Sections)
        {
            if (section.Name == ".BTF") return BtfTypes.Parse(elf.Data(section));
        }

        return null;
    }

    private void ReadAll()
    {
        if (!ReadNotes() || !ReadTypes()) return;

        CodeReader code = new(this);
        if (!code.ReadFunctions()) return;

        DataReader data = new(this);
        if (!data.ReadSections()) return;

        MapReader maps = new(this);
        if (Object.Types is not null && !maps.ReadDefinitions()) return;

        ExternReader externs = new(this);
        if (Object.Types is not null) externs.Read();

        ReferenceReader references = new(this, code, data, maps);
        references.ReadAll();

        if (Object.Types is not null) ReadExtension(code);
    }

    /// <summary>The licence, the version and what is refused at once.</summary>
    private bool ReadNotes()
    {
        foreach (ref readonly ElfSection section in Elf.Sections)
        {
            ReadOnlySpan<byte> bytes = Elf.Data(section).Span;
            switch (section.Name)
            {
                case "license":
                    int end = bytes.IndexOf((byte)0);
                    if (bytes.Length > 4096)
                    {
                        Diagnostics.Error(ObjectCodes.BadLicense, $"{section}: a licence of {bytes.Length} bytes is not plausible");
                        return false;
                    }

                    Object.License = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
                    break;
                case "version" when bytes.Length == 4:
                    Object.KernelVersion = Elf.U32(bytes);
                    break;
                case "version" when section.Type == ElfSectionType.ProgBits:
                    Diagnostics.Error(ObjectCodes.BadLicense, $"{section}: {bytes.Length} bytes, expected a 32-bit number");
                    return false;
                case var own when own.StartsWith(OwnSections, StringComparison.Ordinal) && section.Type == ElfSectionType.ProgBits:
                    Object.Sections[own] = bytes.ToArray();
                    break;
                case "maps":
                    Diagnostics.Error(ObjectCodes.LegacyMaps, $"{section}: maps declared as 'struct bpf_map_def SEC(\"maps\")' carry no types and are not supported (libbpf dropped them in 1.0)",
                        "help: declare them in SEC(\".maps\") with __uint(type, ...), __type(key, ...), __type(value, ...), and compile with -g");
                    return false;
            }
        }

        return true;
    }

    private bool ReadTypes()
    {
        foreach (ref readonly ElfSection section in Elf.Sections)
        {
            if (section.Name != ".BTF" || section.Type != ElfSectionType.ProgBits) continue;
            if (!BtfTypes.TryParse(Elf.Data(section), null, Diagnostics, out BtfTypes? types)) return false;
            Object.Types = types;
        }

        return true;
    }

    private void ReadExtension(CodeReader code)
    {
        foreach (ref readonly ElfSection section in Elf.Sections)
        {
            if (section.Name != ".BTF.ext") continue;
            if (BtfExtension.TryParse(Elf.Data(section).Span, Object.Types!, Diagnostics, out BtfExtension? extension))
                new ExtensionReader(this, code).Read(extension);
        }
    }

    /// <summary>A string of the BTF, made once.</summary>
    internal string TypeString(uint offset)
    {
        if (_strings.TryGetValue(offset, out string? text)) return text;
        // Records may point into the middle of strings; a file whose strings add up to many times their section is an attack.
        int length = Object.Types!.StringAt(offset).Length;
        text = (_stringBudget += length) <= 65536 + (16L * Object.Types.StringSize) ? Object.Types.StringText(offset) : "";
        _strings.Add(offset, text);
        return text;
    }

    /// <summary>True for sections whose contents become the value of a map.</summary>
    internal static bool TryDataRole(string section, out MapRole role)
    {
        (bool known, role) = section switch
        {
            _ when Is(section, ".data") => (true, MapRole.Data),
            _ when Is(section, ".bss") => (true, MapRole.Bss),
            _ when Is(section, ".rodata") => (true, MapRole.ReadOnlyData),
            _ => (false, MapRole.Declared),
        };
        return known;

        static bool Is(string section, string kind) =>
            section.StartsWith(kind, StringComparison.Ordinal) && (section.Length == kind.Length || section[kind.Length] == '.');
    }
}
