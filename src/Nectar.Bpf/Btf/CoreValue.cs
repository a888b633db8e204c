// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Btf;

/// <summary>What a relocation's question gives in one set of types.</summary>
internal struct CoreValue
{
    /// <summary>The answer.</summary>
    internal ulong Value;

    /// <summary>For offsets of ordinary fields: bytes that a load of it takes; 0 otherwise.</summary>
    internal long FieldSize;

    /// <summary>The type of that field, resolved.</summary>
    internal uint FieldTypeId;

    /// <summary>True if the instruction must hold this value before it is patched; bit-fields are the compiler's choice.</summary>
    internal bool IsChecked;

    /// <summary>Computes the answer. Gives what is wrong, or null.</summary>
    internal static string? Compute(CoreSpec spec, out CoreValue value)
    {
        value = new CoreValue { IsChecked = true };
        switch (spec.Kind)
        {
            case CoreRelocationKind.FieldExists or CoreRelocationKind.TypeExists or CoreRelocationKind.TypeMatches or CoreRelocationKind.EnumValueExists:
                value.Value = 1;
                return null;
            case CoreRelocationKind.TypeIdLocal or CoreRelocationKind.TypeIdTarget:
                value.Value = spec.RootId;
                value.IsChecked = false; // linkers renumber types
                return null;
            case CoreRelocationKind.TypeSize:
                long size = spec.Types.SizeOf(spec.RootId, spec.PointerSize);
                value.Value = (ulong)size;
                return size < 0 ? "the type has no size" : null;
            case CoreRelocationKind.EnumValue:
                BtfType type = spec.Types[spec.Steps[0].TypeId];
                long number = type.EnumeratorRaw((int)spec.Steps[0].Index).Value;
                value.Value = (ulong)number;
                return null;
            default:
                return spec.Steps[spec.StepCount - 1].NameOffset == 0 ? ComputeElement(spec, ref value) : ComputeMember(spec, ref value);
        }
    }

    private static string? ComputeElement(CoreSpec spec, ref CoreValue value)
    {
        uint id = spec.Steps[spec.StepCount - 1].TypeId;
        switch (spec.Kind)
        {
            case CoreRelocationKind.FieldByteOffset:
                value.Value = spec.BitOffset / 8;
                value.FieldTypeId = spec.Types.Resolve(id);
                value.FieldSize = ElementSize(spec, id);
                return value.FieldSize < 0 ? "the element has no size" : null;
            case CoreRelocationKind.FieldByteSize:
                long size = spec.Types.SizeOf(id, spec.PointerSize);
                value.Value = (ulong)size;
                return size < 0 ? "the element has no size" : null;
            default:
                return "an element of an array can be asked only for its offset, size and existence";
        }
    }

    private static string? ComputeMember(CoreSpec spec, ref CoreValue value)
    {
        CoreStep step = spec.Steps[spec.StepCount - 1];
        var member = spec.Types[step.TypeId].MemberRaw((int)step.Index);
        uint id = spec.Types.Resolve(member.TypeId);
        BtfType type = spec.Types[id];
        bool isBitField = member.BitFieldSize != 0;
        ulong bits, size, offset;
        if (isBitField)
        {
            bits = (ulong)member.BitFieldSize;
            size = type.Size;
            if (!(type.Kind == BtfKind.Int || type.IsEnum) || size is not (1 or 2 or 4 or 8)) return "a bit-field of no integer";
            offset = spec.BitOffset / 8 / size * size;
            while (spec.BitOffset + bits > (offset + size) * 8) // the field straddles words of its type: take wider ones
            {
                if (size >= 8) return "no 64-bit load covers the bit-field";
                size *= 2;
                offset = spec.BitOffset / 8 / size * size;
            }
        }
        else
        {
            long known = spec.Types.SizeOf(id, spec.PointerSize);
            if (known < 0) return "the field has no size";
            size = (ulong)known;
            offset = spec.BitOffset / 8;
            bits = size * 8;
        }

        value.IsChecked = !isBitField || spec.Kind is CoreRelocationKind.FieldSigned or CoreRelocationKind.FieldRightShift;
        switch (spec.Kind)
        {
            case CoreRelocationKind.FieldByteOffset:
                value.Value = offset;
                if (isBitField) return null;
                value.FieldTypeId = id;
                value.FieldSize = ElementSize(spec, id);
                return value.FieldSize < 0 ? "the field has no size" : null;
            case CoreRelocationKind.FieldByteSize:
                value.Value = size;
                return null;
            case CoreRelocationKind.FieldSigned:
                value.Value = (type.IsEnum && type.KindFlag) || (type.Kind == BtfKind.Int && (type.IntEncoding & BtfIntEncoding.Signed) != 0) ? 1u : 0;
                return null;
            case CoreRelocationKind.FieldLeftShift:
                value.Value = BitConverter.IsLittleEndian ? 64 - (spec.BitOffset + bits - (offset * 8)) : ((8 - size) * 8) + (spec.BitOffset - (offset * 8));
                return null;
            default:
                value.Value = 64 - bits;
                return null;
        }
    }

    /// <summary>What one load takes: of an array, one element.</summary>
    private static long ElementSize(CoreSpec spec, uint id)
    {
        for (int depth = 0; depth < BtfTypes.MaxDepth; depth++)
        {
            id = spec.Types.Resolve(id);
            if (spec.Types[id].Kind != BtfKind.Array) return spec.Types.SizeOf(id, spec.PointerSize);
            id = spec.Types[id].ElementTypeId;
        }

        return -1;
    }
}
