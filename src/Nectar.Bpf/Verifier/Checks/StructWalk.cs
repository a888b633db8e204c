// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>What lies at a place of a struct.</summary>
internal enum StructPlace : byte
{
    /// <summary>A number, or part of one.</summary>
    Number,

    /// <summary>A pointer to another struct.</summary>
    Pointer,

    /// <summary>Nothing that may be accessed so.</summary>
    Bad,
}

/// <summary>Finds the member at an offset of a struct, through nested structs, unions and arrays.</summary>
internal ref struct StructWalk
{
    private const int MaxSteps = 64;

    /// <summary>For pointers the struct that they point to, and what tags say of them.</summary>
    internal uint Target;

    internal PointerFlags Flags;

    /// <summary>The struct and the name of the member that was found.</summary>
    internal string Struct;

    internal string Member;

    /// <summary>Why a place is bad.</summary>
    internal string Problem;

    /// <summary>True if the place is bad because it lies behind the struct's end.</summary>
    internal bool IsOutside;

    public StructWalk() => Problem = Member = Struct = "";

    internal StructPlace Find(BtfTypes types, uint typeId, long offset, int size)
    {
        for (int step = 0; step < MaxSteps; step++)
        {
            BtfType type = types[typeId];
            if (!type.IsComposite)
            {
                Problem = $"'{type.Name}' is no struct";
                return StructPlace.Bad;
            }

            Struct = type.Name;
            if (offset + size > type.Size && !IntoFlexibleArray(types, type, ref offset, ref typeId, size))
            {
                IsOutside = true;
                Problem = $"bytes {offset} to {offset + size} leave struct {type.Name}, which has {type.Size}";
                return StructPlace.Bad;
            }

            if (typeId != type.Id)
            {
                if (types[typeId].IsComposite) continue;
                return StructPlace.Number;
            }

            if (!Step(types, type, ref offset, ref typeId, size, out StructPlace place)) return place;
        }

        Problem = "the struct is nested too deep";
        return StructPlace.Bad;
    }

    /// <summary>An array without a length at the end of a struct goes on behind it.</summary>
    private static bool IntoFlexibleArray(BtfTypes types, BtfType type, ref long offset, ref uint typeId, int size)
    {
        if (type.Count == 0 || type.Kind != BtfKind.Struct) return false;
        BtfMember last = type.Member(type.Count - 1);
        BtfType array = types[types.Resolve(last.TypeId)];
        if (array.Kind != BtfKind.Array || array.ElementCount != 0 || offset < last.BitOffset / 8) return false;
        uint element = types.Resolve(array.ElementTypeId);
        long elementSize = types.SizeOf(element);
        if (elementSize <= 0) return false;
        offset = (offset - (last.BitOffset / 8)) % elementSize;
        if (offset + size > elementSize) return false;
        typeId = element;
        return true;
    }

    /// <returns>True if the walk goes on in a nested struct.</returns>
    private bool Step(BtfTypes types, BtfType type, ref long offset, ref uint typeId, int size, out StructPlace place)
    {
        for (int i = 0; i < type.Count; i++)
        {
            BtfMember member = type.Member(i);
            long start = member.BitOffset / 8;
            if (member.BitFieldSize > 0)
            {
                // bit fields without a name are no members: whatever lies before the end of this one belongs to it
                long end = (member.BitOffset + (uint)member.BitFieldSize + 7) / 8;
                if (offset < end)
                {
                    place = StructPlace.Number;
                    Member = member.Name;
                    return false;
                }

                continue;
            }

            if (offset + size <= start) break;
            uint memberType = types.Resolve(member.TypeId);
            long length = types.SizeOf(memberType);
            if (length < 0) continue;
            long memberEnd = start + length;
            if (offset >= memberEnd) continue;
            while (types[memberType].Kind == BtfKind.Array)
            {
                memberType = types.Resolve(types[memberType].ElementTypeId);
                length = types.SizeOf(memberType);
                if (length <= 0) break;
            }

            if (length > 0 && memberEnd - start > length) start += (offset - start) / length * length;
            Member = member.Name;
            if (types[memberType].IsComposite)
            {
                offset -= start;
                typeId = memberType;
                place = StructPlace.Bad;
                return true;
            }

            place = AtMember(types, memberType, member.TypeId, start, memberEnd, offset, size);
            return false;
        }

        Problem = $"struct {type.Name} has no member at {offset}";
        place = StructPlace.Bad;
        return false;
    }

    private StructPlace AtMember(BtfTypes types, uint memberType, uint declared, long start, long end, long offset, int size)
    {
        if (types[memberType].Kind == BtfKind.Pointer)
        {
            if (size != 8 || offset != start)
            {
                Problem = $"{size} bytes at {offset} are part of the pointer '{Member}' of struct {Struct}";
                return StructPlace.Bad;
            }

            uint pointee = types[memberType].TypeId;
            for (int i = 0; i < 8 && types[pointee].IsModifier; i++)
            {
                if (types[pointee].Kind == BtfKind.TypeTag)
                {
                    Flags |= types[pointee].Name switch { "user" => PointerFlags.User, "percpu" => PointerFlags.PerCpu, "rcu" => PointerFlags.Rcu, _ => PointerFlags.None };
                }

                pointee = types[pointee].TypeId;
            }

            pointee = types.Resolve(pointee);
            if (!types[pointee].IsComposite) return StructPlace.Number;
            Target = pointee;
            return StructPlace.Pointer;
        }

        if (offset + size > end)
        {
            Problem = $"{size} bytes at {offset} reach behind the member '{Member}' of struct {Struct}";
            return StructPlace.Bad;
        }

        return StructPlace.Number;
    }
}
