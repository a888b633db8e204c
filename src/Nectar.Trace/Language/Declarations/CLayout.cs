// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Declarations;

/// <summary>Sizes and places of members as the System V ABI of x86-64 has them (arm64's are the same for these types).</summary>
internal sealed class CLayout(CDeclarations declarations)
{
    // Structs that are being measured: one that contains itself has no size.
    private readonly HashSet<CAggregate> _open = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<CAggregate, Placed> _placed = new(ReferenceEqualityComparer.Instance);

    /// <param name="Size">In bytes.</param>
    /// <param name="Alignment">In bytes.</param>
    /// <param name="Members">Each with its place in bits.</param>
    internal sealed record Placed(int Size, int Alignment, List<(CMember Member, long Bit)> Members);

    public static int EnumSize(CEnum type) => type.Values.All(v => v.Value is >= int.MinValue and <= uint.MaxValue) && !(IsSigned(type) && type.Values.Any(v => v.Value > int.MaxValue)) ? 4 : 8;

    public static bool IsSigned(CEnum type) => type.Values.Any(v => v.Value < 0);

    /// <summary>Size and alignment of a type; null if a part is not known.</summary>
    public (int Size, int Alignment)? Measure(CType type, int depth = 0)
    {
        if (depth > 64) return null;
        switch (type)
        {
            case CPointer:
                return (8, 8);
            case CFunction:
                return (1, 1);
            case CArray a:
                return Measure(a.Of, depth + 1) is { } of && (long)of.Size * a.Count <= int.MaxValue ? (of.Size * a.Count, of.Alignment) : null;
            case CEnum e:
                return (EnumSize(e), EnumSize(e));
            case CAggregate s:
                return Lay(s) is { } placed ? (placed.Size, placed.Alignment) : null;
            case CNamed { Name: "_Bool" or "bool" }:
                return (1, 1);
            case CNamed n:
                if (declarations.Declared(n.Name) is { } declared && !Equals(declared, n)) return Measure(declared, depth + 1);
                if (CIntegers.Find(n.Name) is { } integer) return (integer.Size, integer.Size);
                return declarations.Outside(n.Name) is { Kind: not (TypeKind.None or TypeKind.Void) } found ? (found.Size, found.Alignment) : null;
            default:
                return null;
        }
    }

    /// <summary>Places of a struct's members; null if a part is not known.</summary>
    public Placed? Lay(CAggregate type)
    {
        if (_placed.TryGetValue(type, out Placed? known)) return known;
        if (!_open.Add(type)) return null;
        List<(CMember, long)> members = new(type.Members.Count);
        long bit = 0, most = 0;
        int alignment = 1;
        foreach (CMember member in type.Members)
        {
            if (Measure(member.Type) is not { } size) return null;
            int align = Math.Max(type.IsPacked || member.IsPacked ? 1 : size.Alignment, member.Alignment);
            if (type.IsUnion) bit = 0;
            if (member.Bits >= 0)
            {
                long unit = size.Size * 8L;
                bool isPacked = type.IsPacked || member.IsPacked;
                if (member.Bits == 0) bit = Up(bit, unit);
                else if (!isPacked && bit / unit != (bit + member.Bits - 1) / unit) bit = Up(bit, unit);
                if (member.Alignment > 0) bit = Up(bit, member.Alignment * 8L);
                members.Add((member, bit));
                bit += member.Bits;
                if (member.Name.Length > 0 || member.Alignment > 0) alignment = Math.Max(alignment, align);
            }
            else
            {
                bit = Up(bit, align * 8L);
                members.Add((member, bit));
                bit += size.Size * 8L;
                alignment = Math.Max(alignment, align);
            }

            most = Math.Max(most, bit);
            if (most > int.MaxValue * 8L) return null;
        }

        _open.Remove(type);
        alignment = Math.Max(alignment, type.Alignment);
        return _placed[type] = new Placed((int)(Up(most, alignment * 8L) / 8), alignment, members);
    }

    private static long Up(long value, long unit) => (value + unit - 1) / unit * unit;
}
