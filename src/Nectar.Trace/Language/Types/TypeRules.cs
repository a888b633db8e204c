// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Types;

/// <summary>
/// Which types go together, and what becomes of two of them in one place: integers grow to what holds both, a literal takes the other's
/// sign, strings become as long as the longer, tuples and records follow member by member.
/// </summary>
internal static class TypeRules
{
    /// <summary>The smallest signed type that holds a literal, unsigned above the largest int64. It may take either sign.</summary>
    public static TraceType OfLiteral(ulong value) => value > long.MaxValue
        ? TraceType.UInt64
        : TraceType.Integer(SizeOf((long)value), true) with { IsFlexible = true };

    /// <summary>The type of a number that folding gave: negative ones are signed for good.</summary>
    public static TraceType OfNumber(long bits, bool isUnsigned) => isUnsigned || bits >= 0 ? OfLiteral((ulong)bits) : TraceType.Integer(SizeOf(bits), true);

    private static int SizeOf(long value) => value switch
    {
        >= sbyte.MinValue and <= sbyte.MaxValue => 1,
        >= short.MinValue and <= short.MaxValue => 2,
        >= int.MinValue and <= int.MaxValue => 4,
        _ => 8,
    };

    /// <summary>May be compared with and assigned to each other, sizes and signs aside.</summary>
    public static bool IsCompatible(TraceType left, TraceType right)
    {
        if (left.Kind != right.Kind) return false;
        switch (left.Kind)
        {
            case TypeKind.Struct:
                return left.Struct!.Name == right.Struct!.Name;
            case TypeKind.Pointer:
                return IsCompatible(left.Element!, right.Element!);
            case TypeKind.KernelStack or TypeKind.UserStack:
                return Equals(left.Stack, right.Stack);
            case TypeKind.Array:
                return left.Element!.Equals(right.Element) && (left.Size == 0 || right.Size == 0 || left.Size == right.Size);
            case TypeKind.Tuple:
                if (left.Fields.Count != right.Fields.Count || left.IsRecord != right.IsRecord) return false;
                for (int i = 0; i < left.Fields.Count; i++)
                {
                    if (Partner(left.Fields[i], i, right) is not { } other || !IsCompatible(left.Fields[i].Type, other)) return false;
                }

                return true;
            default:
                return true;
        }
    }

    /// <summary>Every value of the one is one of the other.</summary>
    public static bool FitsInto(TraceType from, TraceType to)
    {
        if (!IsCompatible(from, to)) return false;
        switch (from.Kind)
        {
            case TypeKind.String:
                return from.Size <= to.Size;
            case TypeKind.Integer:
                if (from.IsSigned == to.IsSigned || from.IsFlexible) return from.Size <= to.Size;
                return !from.IsSigned && from.Size < to.Size;
            case TypeKind.Tuple:
                for (int i = 0; i < from.Fields.Count; i++)
                {
                    if (!FitsInto(from.Fields[i].Type, Partner(from.Fields[i], i, to)!)) return false;
                }

                return true;
            default:
                return from.Equals(to);
        }
    }

    /// <summary>The type that something of the current type becomes when it is given a new one as well; null where they do not go together.</summary>
    public static TraceType? Promote(TraceType current, TraceType added)
    {
        if (current.IsNone) return added.IsCountable ? (added.IsSigned ? TraceType.Int64 : TraceType.UInt64) : added;
        if (current.Equals(added)) return current.IsFlexible && !added.IsFlexible ? added : current.Space == AddressSpace.None && added.Space != AddressSpace.None ? added : current;
        if (IsCompatible(current, added)) return PromoteSameKind(current, added);
        return (current.IsInteger && added.IsCountable) || (added.IsInteger && current.IsCountable) ? PromoteIntegers(current, added) : null;
    }

    /// <summary>The integer type that holds both; of two of 64 bits with different signs the signed one.</summary>
    public static TraceType PromoteIntegers(TraceType left, TraceType right)
    {
        if (left.IsCountable) left = left.IsSigned ? TraceType.Int64 : TraceType.UInt64;
        if (right.IsCountable) right = right.IsSigned ? TraceType.Int64 : TraceType.UInt64;
        int size = Math.Max(left.Size, right.Size);
        bool isFlexible = left.IsFlexible && right.IsFlexible;
        if (left.IsSigned == right.IsSigned)
        {
            // clocks and enums survive where both sides agree on them
            TraceType larger = left.Size >= right.Size ? left : right;
            return Equals(left.Enum, right.Enum) ? larger with { IsFlexible = isFlexible } : TraceType.Integer(size, left.IsSigned) with { IsFlexible = isFlexible };
        }

        if (left.IsFlexible || right.IsFlexible)
        {
            bool isSigned = (!left.IsFlexible && left.IsSigned) || (!right.IsFlexible && right.IsSigned);
            return TraceType.Integer(size, isSigned) with { IsFlexible = isFlexible };
        }

        if ((left.IsSigned && left.Size > right.Size) || (right.IsSigned && right.Size > left.Size)) return TraceType.Integer(size, true);
        return TraceType.Integer(Math.Min(8, size * 2), true);
    }

    private static TraceType? PromoteSameKind(TraceType current, TraceType added)
    {
        switch (current.Kind)
        {
            case TypeKind.Integer:
                return PromoteIntegers(current, added);
            case TypeKind.String:
                return current.Size >= added.Size ? current : current with { Size = added.Size };
            case TypeKind.Count or TypeKind.Sum or TypeKind.Minimum or TypeKind.Maximum or TypeKind.Average:
                return current.IsSigned || !added.IsSigned ? current : added;
            case TypeKind.Pointer:
                return PromoteMember(current.Element!, added.Element!) is { } element ? TraceType.Pointer(element, added.Space == AddressSpace.None ? current.Space : added.Space) with { IsContext = current.IsContext && added.IsContext } : null;
            case TypeKind.Array when current.Size == 0:
                return added;
            case TypeKind.Tuple:
                (string Name, TraceType Type)[] items = new (string, TraceType)[current.Fields.Count];
                for (int i = 0; i < items.Length; i++)
                {
                    TupleField field = current.Fields[i];
                    if (PromoteMember(field.Type, Partner(field, i, added)!) is not { } type) return null;
                    items[i] = (field.Name, type);
                }

                return TraceType.Tuple(items);
            default:
                return current;
        }
    }

    private static TraceType? PromoteMember(TraceType current, TraceType added) => current.Equals(added) ? (current.IsFlexible ? added : current) : PromoteSameKind(current, added);

    /// <summary>The type of the member that stands for this one in another tuple: by name in records, by place otherwise.</summary>
    private static TraceType? Partner(TupleField field, int index, TraceType other)
    {
        if (field.Name.Length == 0) return other.Fields[index].Type;
        foreach (TupleField candidate in other.Fields)
        {
            if (candidate.Name == field.Name) return candidate.Type;
        }

        return null;
    }

    /// <summary>
    /// A value as it is kept in a map, a key or a tuple: structs and arrays are copied there, so that they are no longer in anybody's memory.
    /// </summary>
    public static TraceType Kept(TraceType type) => type.Kind is TypeKind.Struct or TypeKind.Array && (type.Space != AddressSpace.None || type.IsContext)
        ? type with { Space = AddressSpace.None, IsContext = false }
        : type;
}
