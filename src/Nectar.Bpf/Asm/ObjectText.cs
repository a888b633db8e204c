// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Asm;

/// <summary>Writes an object as an assembly file that gives the same object again, types excepted.</summary>
internal sealed class ObjectText
{
    private readonly BpfObject _object;
    private readonly DisassemblerOptions _options;
    private readonly Dictionary<FunctionDefinition, ProgramDefinition> _programs = [];
    private readonly HashSet<string> _templates = new(StringComparer.Ordinal);

    public ObjectText(BpfObject @object, DisassemblerOptions options)
    {
        _object = @object;
        _options = options;
        foreach (ProgramDefinition program in @object.Programs) _programs.TryAdd(program.Entry, program);
    }

    /// <summary>Writes everything.</summary>
    public void Write(TextWriter writer)
    {
        StringBuilder text = new();
        if (_object.License.Length > 0) text.Append(".license ").Append(Quote(Encoding.UTF8.GetBytes(_object.License))).Append('\n');
        if (_object.KernelVersion != 0) text.Append(CultureInfo.InvariantCulture, $".version 0x{_object.KernelVersion:x}\n");
        foreach (ExternDefinition external in _object.Externs) AppendExtern(text, external);
        foreach (MapDefinition map in _object.Maps)
        {
            if (map.Role != MapRole.Declared) continue;
            if (map.Inner is { } inner && !_object.Maps.Contains(inner) && _templates.Add(inner.Name)) AppendMap(text, inner, " template");
            AppendMap(text, map);
        }

        foreach (MapDefinition map in _object.Maps)
        {
            if (map.Role is MapRole.Data or MapRole.Bss or MapRole.ReadOnlyData) AppendData(text, map);
        }

        foreach (FunctionDefinition function in _object.Functions) AppendFunction(text, function);
        writer.Write(text);
    }

    private static void AppendExtern(StringBuilder text, ExternDefinition external)
    {
        string kind = external.Kind switch { ExternKind.Kconfig => "kconfig", ExternKind.KernelVariable => "ksym", _ => "kfunc" };
        text.Append(".extern ").Append(external.Name).Append(' ').Append(kind);
        if (external.Size != 0) text.Append(" size=").Append(external.Size);
        text.Append(external.IsWeak ? " weak\n" : "\n");
    }

    private static void AppendMap(StringBuilder text, MapDefinition map, string suffix = "")
    {
        text.Append(CultureInfo.InvariantCulture, $".map {map.Name} type={map.Type}");
        if (map.KeySize != 0) text.Append(CultureInfo.InvariantCulture, $" key={map.KeySize}");
        if (map.ValueSize != 0) text.Append(CultureInfo.InvariantCulture, $" value={map.ValueSize}");
        if (map.MaxEntries != 0) text.Append(CultureInfo.InvariantCulture, $" max={map.MaxEntries}");
        if (map.Flags != 0) text.Append(CultureInfo.InvariantCulture, $" flags=0x{(uint)map.Flags:x}");
        if (map.MapExtra != 0) text.Append(CultureInfo.InvariantCulture, $" extra=0x{map.MapExtra:x}");
        if ((map.Flags & MapFlags.NumaNode) != 0) text.Append(CultureInfo.InvariantCulture, $" numa={map.NumaNode}");
        if (map.Pinning == PinningType.ByName) text.Append(" pin=name");
        if (map.Inner is { } inner) text.Append(" inner=").Append(inner.Name);
        if (map.InitialSlots.Count > 0) text.Append(" slots=").AppendJoin(',', map.InitialSlots.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Index}:{s.Symbol}")));
        text.Append(suffix).Append('\n');
    }

    private static void AppendData(StringBuilder text, MapDefinition map)
    {
        text.Append(".section \"").Append(map.Name).Append("\"\n");
        byte[] bytes = map.InitialValue ?? new byte[map.ValueSize];
        int at = 0;
        while (at < bytes.Length)
        {
            int zeros = 0;
            while (at + zeros < bytes.Length && bytes[at + zeros] == 0) zeros++;
            if (zeros >= 16 || at + zeros == bytes.Length)
            {
                if (zeros > 0) text.Append("    .zero ").Append(zeros).Append('\n');
                at += zeros;
                continue;
            }

            int count = Math.Min(16, bytes.Length - at);
            text.Append("    .byte ").AppendJoin(", ", bytes.Skip(at).Take(count).Select(b => $"0x{b:x2}")).Append('\n');
            at += count;
        }
    }

    private void AppendFunction(StringBuilder text, FunctionDefinition function)
    {
        text.Append('\n');
        if (_programs.TryGetValue(function, out ProgramDefinition? program)) AppendProgram(text, program);
        else text.Append(".function ").Append(function.Name).Append(function.Linkage == FunctionLinkage.Global ? " global\n" : "\n");
        Dictionary<int, Relocation> relocations = [];
        foreach (Relocation relocation in function.Relocations) relocations.TryAdd(relocation.Instruction, relocation);
        Instruction[] code = function.Instructions;
        HashSet<int> targets = _options.Labels ? FindTargets(code, relocations) : [];
        int line = 0;
        for (int at = 0; at < code.Length;)
        {
            while (_options.ShowSource && line < function.Lines.Count && function.Lines[line].Instruction <= at) LinkedProgramText.AppendSource(text, function.Lines[line++]);
            if (targets.Contains(at)) text.Append(CultureInfo.InvariantCulture, $"L{at}:\n");
            text.Append("    ");
            Disassembler.AppendColumns(text, code, at, _options);
            at += AppendInstruction(text, code, at, relocations, targets);
            text.Append('\n');
        }
    }

    private static void AppendProgram(StringBuilder text, ProgramDefinition program)
    {
        text.Append(".program ").Append(program.Name).Append(" section=").Append(Quote(Encoding.UTF8.GetBytes(program.Section)));
        SectionNames.TryParse(program.Section, out SectionDefinition? kind, out string? target, out bool autoLoad);
        SectionTraits traits = kind?.Traits ?? SectionTraits.None;
        if (program.Type != ProgramType.Unspec && kind?.Type != program.Type) text.Append(" type=").Append(program.Type);
        if (program.ExpectedAttachType is { } attach && attach != kind?.AttachType) text.Append(" attach=").Append(attach);
        if (program.AttachTarget is { } named && named != target) text.Append(" target=").Append(Quote(Encoding.UTF8.GetBytes(named)));
        if (program.IsSleepable && (traits & SectionTraits.Sleepable) == 0) text.Append(" sleepable");
        if (!program.AutoLoad && autoLoad) text.Append(" autoload=no");
        if (program.Flags != 0 && program.Flags != ((traits & SectionTraits.XdpFrags) != 0 ? SectionNames.XdpHasFrags : 0)) text.Append(CultureInfo.InvariantCulture, $" flags=0x{program.Flags:x}");
        text.Append('\n');
    }

    private int AppendInstruction(StringBuilder text, Instruction[] code, int at, Dictionary<int, Relocation> relocations, HashSet<int> targets)
    {
        if (relocations.TryGetValue(at, out Relocation relocation))
        {
            if (relocation.Kind is RelocationKind.FunctionCall or RelocationKind.ExternCall)
            {
                text.Append("call ").Append(relocation.Symbol);
                return 1;
            }

            text.Append('r').Append(code[at].Destination).Append(" = ");
            if (relocation.Kind == RelocationKind.Map) text.Append("map[name:").Append(relocation.Symbol).Append(']');
            else if (relocation.Kind == RelocationKind.MapValue) text.Append(CultureInfo.InvariantCulture, $"map[name:{relocation.Symbol}][0]{relocation.Addend:+0;-0}");
            else text.Append(relocation.Symbol).Append(relocation.Addend == 0 ? " ll" : string.Create(CultureInfo.InvariantCulture, $"{relocation.Addend:+0;-0} ll"));
            return 2;
        }

        int start = text.Length;
        int slots = Disassembler.AppendInstruction(text, code, at, _options);
        if (targets.Count == 0 || Target(code[at], at) is not { } target || !targets.Contains(target)) return slots;
        int sign = text.Length - 1;
        while (sign > start && text[sign] != ' ') sign--;
        text.Length = sign + 1;
        text.Append(CultureInfo.InvariantCulture, $"L{target}");
        return slots;
    }

    private static HashSet<int> FindTargets(Instruction[] code, Dictionary<int, Relocation> relocations)
    {
        HashSet<int> starts = [], targets = [];
        for (int at = 0; at < code.Length; at += code[at].IsWide ? 2 : 1) starts.Add(at);
        foreach (int at in starts)
        {
            if (!relocations.ContainsKey(at) && Target(code[at], at) is { } target && starts.Contains(target)) targets.Add(target);
        }

        return targets;
    }

    private static int? Target(Instruction instruction, int at)
    {
        OpcodeInfo? row = OpcodeTable.Find(instruction);
        if (row is null || !OpcodeTable.ReservedFieldsAreZero(row, instruction)) return null;
        if (row.IsJump) return at + 1 + (row.Form == OperandForm.JumpLong ? instruction.Immediate : instruction.Offset);
        return null;
    }

    private static string Quote(byte[] bytes)
    {
        StringBuilder text = new("\"");
        foreach (byte b in bytes)
        {
            if (b is >= 32 and < 127 and not ((byte)'"' or (byte)'\\')) text.Append((char)b);
            else text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        }

        return text.Append('"').ToString();
    }
}
