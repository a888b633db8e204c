// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>What names in expressions stand for, where the program stands.</summary>
internal sealed unsafe class DebugScope(Debuggee debuggee, DebugMemory memory, AddressNames names)
{
    /// <summary>The function whose registers are meant; null for the innermost.</summary>
    internal RawFrame? Frame { get; set; }

    private BtfTypes? Types => debuggee.Object?.Source.Types;

    private VmState* State => debuggee.Session is { } session ? session.State : throw new DebugException(DebugCodes.NotStopped, "no program is running", "help: start or run");

    /// <summary>The value of a name.</summary>
    internal DebugValue Find(string name)
    {
        if (Register(name) is { } register) return register;
        VmState* state = State;
        switch (name)
        {
            case "ctx":
                return new DebugValue(new DebugType(DebugTypeKind.Context, (int)state->ContextSize, "struct " + debuggee.Session!.Layout.Name), new ReadOnlySpan<byte>((void*)state->Context, (int)state->ContextSize).ToArray()) { Address = state->Context };
            case "packet" or "memory":
                return Load(state->PacketStart, DebugType.ArrayOf(DebugType.U8, (int)(state->PacketEnd - state->PacketStart)));
            case "packet_end":
                return DebugValue.Of(state->PacketEnd, DebugType.PointerTo(DebugType.U8));
            case "packet_len":
                return DebugValue.Of(state->PacketEnd - state->PacketStart, DebugType.U32);
            case "pc":
                return DebugValue.Of((ulong)(Frame?.Slot ?? debuggee.Stepper.Slot), DebugType.U32);
        }

        if (debuggee.Object!.Source.Globals.TryGet(name, out GlobalVariable? variable)) return Global(variable);
        if (FindMap(name) is { } map) return DebugValue.Of((ulong)map.Header);
        if (Argument(name) is { } argument) return argument;
        if (Enumerator(name) is { } constant) return DebugValue.Of((ulong)constant, DebugType.S64);
        throw new DebugException(DebugCodes.UnknownName, $"'{name}' stands for nothing here", Known());
    }

    internal VmMap? FindMap(string name) => debuggee.Object is { } loaded && loaded.Maps.TryGet(name, out BpfMap? map) ? (VmMap)map : null;

    /// <summary>The element of a map with a key.</summary>
    internal DebugValue Element(VmMap map, DebugValue key)
    {
        MapDefinition definition = map.Definition;
        byte[] bytes = key.Bytes;
        if (bytes.Length != definition.KeySize)
        {
            if (definition.KeySize is 0 or > 8) throw new DebugException(DebugCodes.WrongType, $"a key of '{map.Name}' has {definition.KeySize} bytes, not {bytes.Length}", $"help: {map.Name}[*(struct … *)address]");
            bytes = DebugValue.Of(key.Bits).Bytes[..(int)definition.KeySize];
        }

        DebugType type = TypeOf(Types, definition.ValueTypeId, (int)definition.ValueSize);
        byte[] value = new byte[Math.Max(map.UserValueSize, (int)definition.ValueSize)];
        if (map.Lookup(bytes, value) is var errno && errno != Errno.None)
            throw new DebugException(DebugCodes.UnknownName, $"map '{map.Name}' has no element {AddressNames.FormatKey(Types, definition, bytes)}{(errno == Errno.ENOENT ? "" : $" ({errno})")}");
        // looking must not make an element look used
        ulong? address = null;
        if (definition.Type is MapType.Array or MapType.Hash or MapType.PerCpuArray or MapType.PerCpuHash)
        {
            fixed (byte* k = bytes) address = (ulong)map.LookupPointer(k, State->Cpu);
        }

        return address is > 0 ? Load(address.Value, type) : new DebugValue(type, value[..(int)definition.ValueSize]);
    }

    /// <summary>A field of the context; those that stand for addresses as programs see them.</summary>
    internal DebugValue ContextField(string name)
    {
        ContextLayout layout = debuggee.Session!.Layout;
        VmState* state = State;
        ContextField field = layout.Find(name) ?? throw new DebugException(DebugCodes.UnknownName, $"'{layout.Name}' has no field '{name}'", $"note: fields: {string.Join(", ", layout.Fields.Select(f => f.Name))}");
        DebugType pointer = DebugType.PointerTo(DebugType.U8);
        switch (field.Kind)
        {
            case ContextFieldKind.PacketStart: return DebugValue.Of(state->PacketStart, pointer);
            case ContextFieldKind.PacketEnd: return DebugValue.Of(state->PacketEnd, pointer);
            case ContextFieldKind.PacketMeta: return DebugValue.Of(state->PacketMeta, pointer);
        }

        DebugType element = new(DebugTypeKind.Integer, field.ElementSize, $"u{field.ElementSize * 8}");
        return Load(state->Context + (uint)field.Offset, field.Size == field.ElementSize ? element : DebugType.ArrayOf(element, field.Size / field.ElementSize));
    }

    /// <summary>A value in memory.</summary>
    internal DebugValue Load(ulong address, DebugType type)
    {
        if (type is { Kind: DebugTypeKind.Opaque, Types: { } types, Id: > 0 }) type = DebugType.FromBtf(types, type.Id);
        if (type.Size == 0 && type.Kind != DebugTypeKind.Array) throw new DebugException(DebugCodes.WrongType, $"a {type.Name} has no size", "help: *(u32 *)address");
        return new DebugValue(type, memory.Read(address, type.Size)) { Address = address };
    }

    /// <summary>A value for people.</summary>
    internal string Format(DebugValue value)
    {
        DebugType type = value.Type;
        switch (type.Kind)
        {
            case DebugTypeKind.Context:
                return FormatContext();
            case DebugTypeKind.Pointer:
                return FormatWord(value.Bits);
            case DebugTypeKind.Integer when type.Types is null || value.Bytes.Length != type.Size || type.Types[type.Types.Resolve(type.Id)].Kind == BtfKind.Int:
                if (type.Size == 8 && !type.IsSigned) return FormatWord(value.Bits);
                return type.IsSigned ? ((long)value.Bits).ToString(CultureInfo.InvariantCulture) : DebugNumbers.Format(value.Bits);
            case DebugTypeKind.Array when type.Types is null && type.Target is { } element:
                if (element.Size == 1) return value.Bytes.Length == 0 ? "empty" : Convert.ToHexStringLower(value.Bytes);
                return "[" + string.Join(", ", value.Bytes.Chunk(Math.Max(1, element.Size)).Select(b => DebugNumbers.Read(b).ToString(CultureInfo.InvariantCulture))) + "]";
            default:
                return BtfValueFormatter.ToText(type.Types, type.Id, value.Bytes);
        }
    }

    /// <summary>64 bits for people: what they point to, or a number.</summary>
    internal string FormatWord(ulong bits) => names.Find(bits) ?? DebugNumbers.Format(bits);

    internal static DebugType TypeOf(BtfTypes? types, uint id, int size)
    {
        if (types is not null && id != 0 && DebugType.FromBtf(types, id) is { Size: > 0 } known && known.Size == size) return known;
        return size is 1 or 2 or 4 or 8 ? new DebugType(DebugTypeKind.Integer, size, $"u{size * 8}") : DebugType.ArrayOf(DebugType.U8, size);
    }

    /// <summary>Where a global variable lies.</summary>
    internal DebugValue Global(GlobalVariable variable)
    {
        VmMap? map = FindMap(variable.Map.Name);
        if (map is not { Regions: { Length: > 0 } regions }) throw new DebugException(DebugCodes.UnknownName, $"the variable '{variable.Name}' is not in memory");
        return Load(regions[0].Start + regions[0].Offset + (uint)variable.Offset, TypeOf(Types, variable.TypeId, variable.Size));
    }

    /// <summary>The names of a function's arguments, by its type.</summary>
    internal static List<(string Name, uint TypeId)> Parameters(BtfTypes? types, LinkedFunction function)
    {
        List<(string, uint)> parameters = [];
        uint id = function.Source.TypeId;
        if (types is null || id == 0 || id >= types.Count || types[id].Kind != BtfKind.Func) return parameters;
        BtfType prototype = types[types[id].TypeId];
        for (int i = 0; i < prototype.Count && i < 5 && prototype.Kind == BtfKind.FuncProto; i++)
        {
            BtfParameter parameter = prototype.Parameter(i);
            parameters.Add((parameter.Name.Length > 0 ? parameter.Name : string.Create(CultureInfo.InvariantCulture, $"arg{i + 1}"), parameter.TypeId));
        }

        return parameters;
    }

    private DebugValue? Register(string name)
    {
        if (name == "fp") name = "r10";
        if (name.Length is < 2 or > 3 || name[0] is not ('r' or 'w') || !int.TryParse(name.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number > 10) return null;
        if (!debuggee.Stepper.IsInside) throw new DebugException(DebugCodes.NotStopped, "there are no registers: the run has ended", "help: continue, start, or go back with reverse-step");
        ulong bits;
        if (Frame is { } frame)
        {
            bits = frame.Registers[number] ?? throw new DebugException(DebugCodes.UnknownName, $"{name} of this frame is not known: the functions that it called may have changed it");
        }
        else
        {
            bits = debuggee.Stepper.Registers[number];
        }

        return DebugValue.Of(bits, name[0] == 'w' ? DebugType.U32 : DebugType.U64) with { Register = Frame is null || Frame.Link == FrameLink.Innermost ? number : null };
    }

    private DebugValue? Argument(string name)
    {
        RawFrame? frame = Frame ?? (debuggee.Stepper.IsInside ? debuggee.Stepper.Frames()[0] : null);
        if (frame is null) return null;
        List<(string Name, uint TypeId)> parameters = Parameters(Types, frame.Program.FunctionAt(frame.Slot));
        int index = parameters.FindIndex(p => p.Name == name);
        return index < 0 ? null : DebugValue.Of(frame.Arguments[index], DebugType.FromBtf(Types!, parameters[index].TypeId) is { Size: > 0 and <= 8 } type ? type : DebugType.U64);
    }

    private long? Enumerator(string name)
    {
        if (Types is not { } types) return null;
        for (uint id = 1; id < types.Count; id++)
        {
            BtfType type = types[id];
            if (!type.IsEnum) continue;
            for (int i = 0; i < type.Count; i++)
            {
                if (type.Enumerator(i) is var enumerator && enumerator.Name == name) return enumerator.Value;
            }
        }

        return null;
    }

    private string FormatContext()
    {
        List<string> parts = [];
        foreach (ContextField field in debuggee.Session!.Layout.Fields)
        {
            DebugValue value = ContextField(field.Name);
            if (value.IsTrue) parts.Add($"{field.Name}: {(value.Bytes.Length > 64 ? $"<{value.Bytes.Length} bytes>" : Format(value))}");
        }

        return "{" + string.Join(", ", parts) + "}";
    }

    private string Known()
    {
        IEnumerable<string> globals = debuggee.Object!.Source.Globals.Select(g => g.Name), maps = debuggee.Object.Maps.Select(m => m.Name);
        return $"note: known are r0 to r10, w0 to w10, pc, ctx, packet, packet_len{string.Concat(globals.Concat(maps).Distinct().Take(20).Select(n => ", " + n))}";
    }
}
