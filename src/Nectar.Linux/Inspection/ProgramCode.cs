// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Inspection;

/// <summary>A function of a loaded program.</summary>
/// <param name="Slot">Its first instruction.</param>
/// <param name="TypeId">Its FUNC in the program's types; 0 where unknown.</param>
/// <param name="Name">Its name; null where unknown.</param>
/// <param name="Prototype">Its declaration in C; null where unknown.</param>
public sealed record ProgramFunction(int Slot, uint TypeId, string? Name, string? Prototype);

/// <summary>A piece of a loaded program's machine code.</summary>
/// <param name="Name">The kernel's symbol: <c>bpf_prog_TAG_name</c>.</param>
/// <param name="Address">Where it stands in the kernel; 0 if the kernel does not tell.</param>
/// <param name="Code">The bytes.</param>
/// <param name="Lines">Source lines by address, ascending.</param>
public sealed record JitedFunction(string Name, ulong Address, ReadOnlyMemory<byte> Code, IReadOnlyList<(ulong Address, LineInfo Line)> Lines);

/// <summary>A loaded program's code as the kernel runs it: after the verifier's changes, and as machine code, with functions and source lines.</summary>
public sealed unsafe class ProgramCode
{
    private ProgramCode(ProgramInfo info, BtfTypes? types)
    {
        Info = info;
        Types = types;
    }

    /// <summary>What the kernel knows about the program.</summary>
    public ProgramInfo Info { get; }

    /// <summary>The program's types; null for a program without.</summary>
    public BtfTypes? Types { get; }

    /// <summary>The instructions after the verifier's changes; empty if the kernel does not show them to this process.</summary>
    public Instruction[] Translated { get; private set; } = [];

    /// <summary>The machine code of each function; empty if the program is interpreted or the kernel does not show it.</summary>
    public JitedFunction[] Jited { get; private set; } = [];

    /// <summary>Functions by their first slot; empty without types.</summary>
    public ProgramFunction[] Functions { get; private set; } = [];

    /// <summary>Source lines by slot; empty without types.</summary>
    public LineInfo[] Lines { get; private set; } = [];

    /// <summary>Addresses of the machine code's functions, by number of subprogram.</summary>
    public ulong[] JitedAddresses { get; private set; } = [];

    /// <summary>Reads a program's code.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">It cannot be read (NEC4003).</exception>
    public static ProgramCode Read(KernelProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        RawProgramInfo sizes = default;
        ProgramInfo.Query(program.Handle, ref sizes);
        ProgramInfo info = program.GetInfo();
        byte[] translated = new byte[sizes.TranslatedLength], jited = new byte[sizes.JitedLength];
        byte[] functions = new byte[sizes.FunctionInfoCount * sizes.FunctionInfoRecordSize], lines = new byte[sizes.LineInfoCount * sizes.LineInfoRecordSize];
        byte[] tags = new byte[sizes.TagCount * 8];
        ulong[] symbols = new ulong[sizes.JitedSymbolCount], jitedLines = new ulong[sizes.JitedLineInfoCount];
        uint[] lengths = new uint[sizes.JitedFunctionCount];
        RawProgramInfo raw;
        fixed (byte* x = translated, j = jited, f = functions, l = lines, t = tags)
        fixed (ulong* s = symbols, jl = jitedLines)
        fixed (uint* n = lengths)
        {
            raw = new RawProgramInfo
            {
                TranslatedLength = sizes.TranslatedLength,
                TranslatedCode = (ulong)x,
                JitedLength = sizes.JitedLength,
                JitedCode = (ulong)j,
                JitedSymbolCount = sizes.JitedSymbolCount,
                JitedSymbols = (ulong)s,
                JitedFunctionCount = sizes.JitedFunctionCount,
                JitedFunctionLengths = (ulong)n,
                FunctionInfoCount = sizes.FunctionInfoCount,
                FunctionInfoRecordSize = sizes.FunctionInfoRecordSize,
                FunctionInfo = (ulong)f,
                LineInfoCount = sizes.LineInfoCount,
                LineInfoRecordSize = sizes.LineInfoRecordSize,
                LineInfo = (ulong)l,
                JitedLineInfoCount = sizes.JitedLineInfoCount,
                JitedLineInfoRecordSize = sizes.JitedLineInfoRecordSize,
                JitedLineInfo = (ulong)jl,
                TagCount = sizes.TagCount,
                Tags = (ulong)t,
            };
            ProgramInfo.Query(program.Handle, ref raw);
        }

        BtfTypes? types = KernelTypes.TryRead(info.BtfId);
        ProgramCode code = new(info, types);
        if (raw.TranslatedCode != 0) code.Translated = MemoryMarshal.Cast<byte, Instruction>(translated.AsSpan(0, (int)Math.Min(raw.TranslatedLength, (uint)translated.Length) & ~7)).ToArray();
        if (types is not null && raw.FunctionInfo != 0) code.Functions = ReadFunctions(functions, (int)sizes.FunctionInfoRecordSize, types);
        if (types is not null && raw.LineInfo != 0) code.Lines = ReadLines(lines, (int)sizes.LineInfoRecordSize, types);
        if (raw.JitedSymbols != 0) code.JitedAddresses = symbols;
        if (raw.JitedCode != 0) code.Jited = code.SplitJited(jited, lengths, tags, jitedLines);
        return code;
    }

    private static ProgramFunction[] ReadFunctions(byte[] records, int size, BtfTypes types)
    {
        if (size < 8) return [];
        ProgramFunction[] functions = new ProgramFunction[records.Length / size];
        for (int i = 0; i < functions.Length; i++)
        {
            int slot = BitConverter.ToInt32(records, i * size);
            uint type = BitConverter.ToUInt32(records, (i * size) + 4);
            bool isKnown = type < (uint)types.Count && types[type].Kind == BtfKind.Func;
            functions[i] = new ProgramFunction(slot, type, isKnown ? types[type].Name : null, isKnown ? TypeDeclarations.Function(types, type) : null);
        }

        return functions;
    }

    private static LineInfo[] ReadLines(byte[] records, int size, BtfTypes types)
    {
        if (size < 16) return [];
        LineInfo[] lines = new LineInfo[records.Length / size];
        for (int i = 0; i < lines.Length; i++)
        {
            uint place = BitConverter.ToUInt32(records, (i * size) + 12);
            lines[i] = new LineInfo(BitConverter.ToInt32(records, i * size), types.StringText(BitConverter.ToUInt32(records, (i * size) + 4)),
                types.StringText(BitConverter.ToUInt32(records, (i * size) + 8)), (int)(place >> 10), (int)(place & 0x3ff));
        }

        return lines;
    }

    private JitedFunction[] SplitJited(byte[] code, uint[] lengths, byte[] tags, ulong[] addresses)
    {
        JitedFunction[] functions = new JitedFunction[lengths.Length];
        int start = 0;
        for (int i = 0; i < functions.Length; i++)
        {
            int length = (int)Math.Min(lengths[i], (uint)(code.Length - start));
            ulong address = i < JitedAddresses.Length ? JitedAddresses[i] : 0;
            string tag = (i + 1) * 8 <= tags.Length ? Convert.ToHexStringLower(tags, i * 8, 8) : Info.Tag;
            string name = i < Functions.Length && Functions[i].Name is { } known ? known : i == 0 ? Info.Name : "F";
            List<(ulong, LineInfo)> lines = [];
            for (int line = 0; line < addresses.Length && line < Lines.Length && address != 0; line++)
            {
                if (addresses[line] >= address && addresses[line] < address + (ulong)length) lines.Add((addresses[line], Lines[line]));
            }

            functions[i] = new JitedFunction(name.Length == 0 ? $"bpf_prog_{tag}" : $"bpf_prog_{tag}_{name}", address, code.AsMemory(start, length), lines);
            start += length;
        }

        return functions;
    }
}
