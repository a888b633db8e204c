// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>Says what the value of a register stands for, in names that are the same each time: <c>packet+14</c>, <c>r10-8</c>, <c>map 'flows'</c>.</summary>
internal sealed unsafe class AddressNames(Debuggee debuggee)
{
    /// <summary>The name of what lies at an address; null for a value that is no address of the program.</summary>
    internal string? Find(ulong value)
    {
        if (debuggee.Session is not { } session || value < 4096) return null;
        VmState* state = session.State;
        if (value - state->Context < state->ContextSize) return InContext(session, value - state->Context);
        if (value >= state->StackLow && value <= state->StackTop) return OnStack(state, value);
        if (state->PacketStart != 0 && value >= state->PacketMeta && value <= state->PacketEnd) return InPacket(session, state, value);
        if (Function(value) is { } function) return function;
        foreach (BpfMap map in debuggee.Object!.Maps)
        {
            if ((ulong)((VmMap)map).Header == value) return $"map '{map.Name}'";
        }

        foreach ((ulong start, ulong length, VmMap map) in session.Records)
        {
            if (value - start <= length) return $"record of '{map.Name}'{Plus(value - start)}";
        }

        return InMap(session.Host.Memory, value);
    }

    private static string InContext(RunSession session, ulong offset)
    {
        ContextField? field = session.Layout.Fields.FirstOrDefault(f => (ulong)f.Offset == offset);
        return field is not null && offset > 0 ? $"&ctx->{field.Name}" : $"ctx{Plus(offset)}";
    }

    private string OnStack(VmState* state, ulong value)
    {
        // the end of a frame is the beginning of its caller's: a value there is taken for the pointer to the end
        int frame = (int)((state->StackTop - value) / VmState.FrameSize);
        if (value == state->StackLow) frame--;
        ulong offset = state->StackTop - ((ulong)frame * VmState.FrameSize) - value;
        int up = debuggee.Stepper.Depth - frame;
        string pointer = offset == 0 ? "r10" : string.Create(CultureInfo.InvariantCulture, $"r10-{offset}");
        return up == 0 ? pointer : up > 0 ? string.Create(CultureInfo.InvariantCulture, $"{pointer} of frame {up}") : $"{pointer} of a function that has returned";
    }

    private static string InPacket(RunSession session, VmState* state, ulong value)
    {
        string name = session.Layout.Shape == ContextShape.Memory ? "memory" : session.Layout.Shape == ContextShape.Record ? "data" : "packet";
        if (value == state->PacketEnd && value != state->PacketStart) return $"{name} end";
        return value < state->PacketStart ? $"metadata{Plus(value - state->PacketMeta)}" : $"{name}{Plus(value - state->PacketStart)}";
    }

    private string? Function(ulong value)
    {
        int slot = VmSupport.SlotOfHandle(value);
        return slot >= 0 && debuggee.Stepper.Program is { } program && slot < program.Linked.Instructions.Length ? "&" + program.FunctionAt(slot).Name : null;
    }

    private string? InMap(MemoryMap memory, ulong value)
    {
        int index = memory.IndexOf(value);
        if (index < 0) return null;
        ref readonly MemoryRange range = ref memory.Ranges[index];
        if (value >= range.High) return null;
        if (range.Map is not { } map) return $"{range.Name}{Plus(value - range.Low)}";
        if (map.Definition.Role is MapRole.Data or MapRole.Bss or MapRole.ReadOnlyData)
        {
            int offset = (int)(value - range.Low - range.Region.Offset);
            GlobalVariable? variable = debuggee.Object!.Source.Globals.FirstOrDefault(g => g.Map.Name == map.Name && offset >= g.Offset && offset < g.Offset + g.Size);
            return variable is null ? $"{map.Name}{Plus((ulong)offset)}" : $"&{variable.Name}{Plus((ulong)(offset - variable.Offset))}";
        }

        if (range.Region.Stride == 0) return $"map '{map.Name}' memory{Plus(value - range.Low)}";
        ulong element = (value - range.Low) / range.Region.Stride;
        ulong start = range.Low + (element * range.Region.Stride) + range.Region.Offset;
        return value < start || value - start > range.Region.Size ? null : $"{map.Name}[{Key(map, element, start)}]{Plus(value - start)}";
    }

    private string Key(VmMap map, ulong element, ulong start)
    {
        switch (map.Definition.Type)
        {
            case MapType.Array or MapType.PerCpuArray:
                return element.ToString(CultureInfo.InvariantCulture);
            case MapType.Hash or MapType.LruHash:
                ReadOnlySpan<byte> key = new((byte*)(start - map.Header->ValueOffset + 8), (int)map.Definition.KeySize);
                return FormatKey(debuggee.Object!.Source.Types, map.Definition, key);
            default:
                return "…";
        }
    }

    /// <summary>A key as text: by its type, or as a number where it has the size of one.</summary>
    internal static string FormatKey(BtfTypes? types, MapDefinition map, ReadOnlySpan<byte> key) => map.KeyTypeId != 0 && types is not null
        ? BtfValueFormatter.ToText(types, map.KeyTypeId, key)
        : key.Length is 4 or 8 or 2 or 1 ? DebugNumbers.Read(key).ToString(CultureInfo.InvariantCulture) : Convert.ToHexStringLower(key);

    private static string Plus(ulong offset) => offset == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"+{offset}");
}

/// <summary>Numbers of any size in this machine's byte order.</summary>
internal static class DebugNumbers
{
    internal static ulong Read(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int i = Math.Min(8, bytes.Length) - 1; i >= 0; i--) value = (value << 8) | bytes[i];
        return value;
    }

    /// <summary>A number for people: small ones as they are, others also in hexadecimal; negative 64-bit ones as such.</summary>
    internal static string Format(ulong bits)
    {
        if ((long)bits is < 0 and > -1_000_000) return string.Create(CultureInfo.InvariantCulture, $"{(long)bits}");
        return bits < 10 ? bits.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{bits} (0x{bits:x})");
    }
}
