// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Bpf.Btf;

/// <summary>One step of an access: a named member, an enumerator, or an element of an array.</summary>
/// <param name="TypeId">The struct that has the member; the type of the element.</param>
/// <param name="Index">Which member, enumerator or element.</param>
/// <param name="NameOffset">The name in the set's strings; 0 for an element.</param>
internal readonly record struct CoreStep(uint TypeId, uint Index, uint NameOffset);

/// <summary>
/// An access in one set of types: the raw indices as the compiler wrote them, and the steps that mean something, without
/// anonymous structs on the way. Reused from relocation to relocation.
/// </summary>
internal sealed class CoreSpec
{
    /// <summary>The longest access that libbpf and the kernel accept.</summary>
    internal const int MaxLength = 64;

    internal readonly CoreStep[] Steps = new CoreStep[MaxLength];
    internal readonly uint[] Raw = new uint[MaxLength];

    internal BtfTypes Types { get; private set; } = null!;

    internal uint RootId { get; private set; }

    internal CoreRelocationKind Kind { get; private set; }

    internal int PointerSize { get; private set; }

    internal int StepCount;
    internal int RawCount;
    internal ulong BitOffset;

    internal bool IsField => Kind <= CoreRelocationKind.FieldRightShift;

    internal bool IsEnumerator => Kind is CoreRelocationKind.EnumValueExists or CoreRelocationKind.EnumValue;

    internal void Begin(BtfTypes types, uint rootId, CoreRelocationKind kind, int pointerSize)
    {
        (Types, RootId, Kind, PointerSize) = (types, rootId, kind, pointerSize);
        StepCount = RawCount = 0;
        BitOffset = 0;
    }

    internal void CopyFrom(CoreSpec other)
    {
        Begin(other.Types, other.RootId, other.Kind, other.PointerSize);
        (StepCount, RawCount, BitOffset) = (other.StepCount, other.RawCount, other.BitOffset);
        other.Steps.AsSpan(0, StepCount).CopyTo(Steps);
        other.Raw.AsSpan(0, RawCount).CopyTo(Raw);
    }

    /// <summary>Reads an access string; the root and kind are set. Gives what is wrong, or null.</summary>
    internal string? Parse(string access)
    {
        if (!IsField && !IsEnumerator) return access == "0" ? null : "a type has no access but 0";
        foreach (Range part in access.AsSpan().Split(':'))
        {
            if (RawCount == MaxLength) return $"the access is longer than {MaxLength} steps";
            if (!uint.TryParse(access.AsSpan()[part], NumberStyles.None, CultureInfo.InvariantCulture, out uint index) || index > int.MaxValue) return "the access is no list of numbers";
            Raw[RawCount++] = index;
        }

        uint id = Types.Resolve(RootId);
        return IsEnumerator ? ParseEnumerator(id) : ParseField(id);
    }

    /// <summary>True for an array without a length at the end of a struct: any index is inside.</summary>
    internal bool IsFlexible(int step, BtfType array)
    {
        CoreStep member = Steps[step];
        return member.NameOffset != 0 && array.ElementCount == 0 && member.Index == Types[member.TypeId].Count - 1;
    }

    /// <summary>The access as people write it, with the raw indices and the offset.</summary>
    public override string ToString()
    {
        BtfType root = Types[RootId];
        StringBuilder text = new();
        text.Append(root.Kind switch
        {
            BtfKind.Struct => "struct ",
            BtfKind.Union => "union ",
            BtfKind.Enum or BtfKind.Enum64 => "enum ",
            BtfKind.Typedef => "typedef ",
            _ => "",
        });
        text.Append(root.NameOffset == 0 ? "(anonymous)" : root.Name);
        if (IsEnumerator && StepCount == 1)
        {
            BtfEnumerator enumerator = Types[Steps[0].TypeId].Enumerator((int)Steps[0].Index);
            return text.Append(CultureInfo.InvariantCulture, $"::{enumerator.Name} = {enumerator.Value}").ToString();
        }

        if (!IsField) return text.ToString();
        for (int i = 0; i < StepCount; i++)
        {
            if (Steps[i].NameOffset != 0) text.Append('.').Append(Types.StringText(Steps[i].NameOffset));
            else if (i > 0 || Steps[i].Index > 0) text.Append('[').Append(Steps[i].Index).Append(']');
        }

        text.Append(" (").AppendJoin(':', Raw.AsSpan(0, RawCount).ToArray()).Append(" @ ").Append(BitOffset / 8);
        if (BitOffset % 8 != 0) text.Append('.').Append(BitOffset % 8);
        return text.Append(')').ToString();
    }

    private string? ParseEnumerator(uint id)
    {
        BtfType type = Types[id];
        if (!type.IsEnum || RawCount != 1 || Raw[0] >= type.Count) return "the access names no enumerator";
        Steps[StepCount++] = new CoreStep(id, Raw[0], type.EnumeratorRaw((int)Raw[0]).NameOffset);
        return null;
    }

    private string? ParseField(uint id)
    {
        long size = Types.SizeOf(id, PointerSize);
        if (size < 0) return "the type has no size";
        Steps[StepCount++] = new CoreStep(id, Raw[0], 0);
        BitOffset = Raw[0] * (ulong)size * 8;
        for (int i = 1; i < RawCount; i++)
        {
            uint index = Raw[i];
            id = Types.Resolve(id);
            BtfType type = Types[id];
            if (type.IsComposite)
            {
                if (index >= type.Count) return $"step {i}: {type.Name} has {type.Count} members";
                var member = type.MemberRaw((int)index);
                BitOffset += member.BitOffset;
                if (member.NameOffset != 0) Steps[StepCount++] = new CoreStep(id, index, member.NameOffset);
                id = member.TypeId;
            }
            else if (type.Kind == BtfKind.Array)
            {
                id = Types.Resolve(type.ElementTypeId);
                if (index >= type.ElementCount && !IsFlexible(StepCount - 1, type)) return $"step {i}: the array has {type.ElementCount} elements";
                size = Types.SizeOf(id, PointerSize);
                if (size < 0) return $"step {i}: elements have no size";
                Steps[StepCount++] = new CoreStep(id, index, 0);
                BitOffset += index * (ulong)size * 8;
            }
            else
            {
                return $"step {i}: {type.Kind} has nothing inside";
            }
        }

        return null;
    }
}
