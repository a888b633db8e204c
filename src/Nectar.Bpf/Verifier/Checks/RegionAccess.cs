// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Memory of a size that is known: packets, values, keys, records, buffers.</summary>
internal static class RegionAccess
{
    /// <summary>Checks everything but values of maps.</summary>
    internal static void Check(Analysis a, int register, int offset, int size, bool write, bool zeroAllowed)
    {
        ref RegisterState pointer = ref a.Registers[register];
        int total = offset + pointer.Offset;
        switch (pointer.Kind)
        {
            case RegisterKind.Packet or RegisterKind.PacketMeta:
                CheckPacket(a, register, total, size, write, zeroAllowed);
                return;
            case RegisterKind.MapKey:
                if (write) RefuseWrite(a, register, pointer);
                CheckBounds(a, ViolationKind.MapKeyBounds, register, total, size, (int)a.Maps[pointer.Target].KeySize, zeroAllowed);
                return;
            case RegisterKind.Memory:
                if (write && (pointer.Flags & PointerFlags.ReadOnly) != 0) RefuseWrite(a, register, pointer);
                if ((pointer.Flags & PointerFlags.Untrusted) != 0)
                {
                    a.FaultingLoads[a.Slot] = true;
                    return;
                }

                CheckBounds(a, ViolationKind.MemoryBounds, register, total, size, pointer.Extent, zeroAllowed);
                return;
            case RegisterKind.Buffer or RegisterKind.TracepointBuffer:
                if (write && (pointer.Flags & PointerFlags.ReadOnly) != 0) RefuseWrite(a, register, pointer);
                CheckBuffer(a, register, total);
                return;
            case RegisterKind.FlowKeys:
                if (total < 0 || total + size > FlowKeysSize || !pointer.HasConstantRange)
                {
                    a.Refuse(ViolationKind.FlowKeysBounds, register, $"bytes {total} to {total + size} of the flow keys are accessed, they have {FlowKeysSize}");
                }

                return;
            case RegisterKind.Scalar:
                a.Refuse(ViolationKind.NumberAsPointer, register, $"r{register} is {StateText.Of(pointer)}, not an address");
                return;
            case RegisterKind.PacketEnd:
                a.Refuse(ViolationKind.PacketEndAccess, register, $"r{register} is the packet's end: there is nothing behind it");
                return;
            default:
                a.Refuse(ViolationKind.OpaquePointer, register, $"r{register} is {StateText.Kind(pointer)}: it cannot be accessed");
                return;
        }
    }

    /// <summary>sizeof(struct bpf_flow_keys).</summary>
    private const int FlowKeysSize = 56;

    /// <summary>Checks the value of a map's element.</summary>
    internal static void CheckMapValue(Analysis a, int register, int offset, int size, bool write, bool zeroAllowed)
    {
        ref RegisterState pointer = ref a.Registers[register];
        MapDefinition map = a.Maps[pointer.Target];
        if (write && map.IsReadOnlyToPrograms)
        {
            a.Refuse(ViolationKind.ReadOnlyMap, register, $"map '{map.Name}' is read-only to programs");
        }

        if (!write && (map.Flags & MapFlags.WriteOnlyProgram) != 0)
        {
            a.Refuse(ViolationKind.WriteOnlyMap, register, $"map '{map.Name}' is write-only to programs");
        }

        int total = offset + pointer.Offset;
        CheckBounds(a, ViolationKind.MapValueBounds, register, total, size, (int)map.ValueSize, zeroAllowed);
        SpecialFields.CheckAccess(a, register, total, size, write);
    }

    /// <summary>Proves that an access lies inside: for the smallest and for the largest offset.</summary>
    internal static void CheckBounds(Analysis a, ViolationKind kind, int register, int offset, int size, int extent, bool zeroAllowed)
    {
        ref RegisterState pointer = ref a.Registers[register];
        if (pointer.HasConstantRange && pointer.Range.Bits.Value == 0)
        {
            if (!IsInside(offset, size, extent, zeroAllowed)) RefuseBounds(a, kind, register, offset, size, extent);
            return;
        }

        long low = pointer.Range.SMin;
        if (low < 0 && (low == long.MinValue || low + offset < int.MinValue || low + offset < 0))
        {
            a.Refuse(ViolationKind.IndexMayBeNegative, register,
                low == long.MinValue
                    ? $"the offset of r{register} in {StateText.Kind(pointer)} may be negative: it has no lower bound"
                    : $"the offset of r{register} in {StateText.Kind(pointer)} may be {low + offset}");
        }

        if (!IsInside(low + offset, size, extent, zeroAllowed)) RefuseBounds(a, kind, register, low + offset, size, extent);
        if (pointer.Range.UMax >= PointerArithmetic.MaxOffset)
        {
            a.Refuse(ViolationKind.IndexUnbounded, register, $"the offset of r{register} in {StateText.Kind(pointer)} has no upper bound");
        }

        if (!IsInside((long)pointer.Range.UMax + offset, size, extent, zeroAllowed)) RefuseBounds(a, kind, register, (long)pointer.Range.UMax + offset, size, extent);
    }

    private static bool IsInside(long offset, int size, int extent, bool zeroAllowed) =>
        offset >= 0 && (size > 0 || (size == 0 && zeroAllowed)) && offset + size <= extent;

    private static void RefuseBounds(Analysis a, ViolationKind kind, int register, long offset, int size, int extent)
    {
        ref RegisterState pointer = ref a.Registers[register];
        string what = kind == ViolationKind.MapValueBounds ? $"the value of map '{a.Maps[pointer.Target].Name}'" : StateText.Kind(pointer);
        a.Refuse(kind, register,
            offset < 0
                ? $"the access begins {-offset} bytes before {what}"
                : $"cannot prove {offset} + {size} <= {extent}: {what} has {extent} bytes, and the access may reach byte {offset + size}");
    }

    private static void CheckPacket(Analysis a, int register, int offset, int size, bool write, bool zeroAllowed)
    {
        ref RegisterState pointer = ref a.Registers[register];
        a.Facts.WritesPacket |= write;
        if (write && !PacketRules.MayWrite(a)) a.Refuse(ViolationKind.PacketWrite, register, "programs of this type may not write to the packet");
        if (pointer.Range.SMin < 0)
        {
            a.Refuse(ViolationKind.PacketOffset, register, $"the offset of r{register} in the packet may be negative: {pointer.Range.Format()}");
        }

        if (pointer.Extent >= 0 && IsInside(offset, size, pointer.Extent, zeroAllowed)) return;
        string variable = pointer.HasConstantRange ? "" : " behind its variable part";
        a.Refuse(pointer.HasConstantRange ? ViolationKind.PacketBounds : ViolationKind.PacketOffset, register,
            pointer.Extent <= 0
                ? $"cannot prove {offset} + {size} <= packet length{variable}: no byte is known to be there"
                : $"cannot prove {offset} + {size} <= packet length{variable}: only {pointer.Extent} bytes are known",
            pointer.HasConstantRange
                ? $"compare first, on every path to the access: if (data + {offset + size} > data_end) return 0;"
                : $"compare the pointer itself, after the last addition to it: if (p + {offset + size} > data_end) return 0;");
    }

    private static void CheckBuffer(Analysis a, int register, int offset)
    {
        ref RegisterState pointer = ref a.Registers[register];
        if (offset < 0) a.Refuse(ViolationKind.BufferBounds, register, $"the access begins {-offset} bytes before {StateText.Kind(pointer)}");
        if (!pointer.HasConstantRange || pointer.Range.Bits.Value != 0)
        {
            a.Refuse(ViolationKind.VariablePointerOffset, register, $"the offset of r{register} in {StateText.Kind(pointer)} has to be a constant");
        }
    }

    private static void RefuseWrite(Analysis a, int register, in RegisterState pointer) =>
        a.Refuse(ViolationKind.ReadOnlyMemory, register, $"{StateText.Kind(pointer)} in r{register} is read-only");
}
