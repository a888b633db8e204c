// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Btf;

/// <summary>How a candidate fits.</summary>
internal enum CoreMatch : byte
{
    No,
    Yes,

    /// <summary>Nested deeper than any real type.</summary>
    TooDeep,
}

/// <summary>
/// Whether types of two sets agree, by the rules of libbpf's relo_core.c: by name without flavour, by kind, and as deep as
/// the question demands. Modifiers and typedefs never count.
/// </summary>
internal static partial class CoreMatcher
{
    private const int MaxDepth = 32;
    private const int MaxEffort = 1_000_000; // types made to explode: the largest real struct takes some thousand steps

    /// <summary>Finds in a candidate what was accessed locally.</summary>
    /// <param name="local">The access in the object.</param>
    /// <param name="target">Begun with the candidate; receives the access there.</param>
    internal static CoreMatch Match(CoreSpec local, CoreSpec target)
    {
        int effort = MaxEffort;
        if (local.IsField) return MatchField(local, target, ref effort);
        if (local.IsEnumerator) return MatchEnumerator(local, target);
        return local.Kind == CoreRelocationKind.TypeMatches
            ? TypesMatch(local.Types, local.RootId, target.Types, target.RootId, behindPointer: false, MaxDepth, ref effort)
            : TypesAgree(local.Types, local.RootId, target.Types, target.RootId, MaxDepth, ref effort);
    }

    internal static bool KindsAgree(BtfType left, BtfType right) => left.Kind == right.Kind || (left.IsEnum && right.IsEnum);

    private static CoreMatch MatchEnumerator(CoreSpec local, CoreSpec target)
    {
        uint id = target.Types.Resolve(target.RootId);
        BtfType type = target.Types[id];
        if (!type.IsEnum) return CoreMatch.No;
        ReadOnlySpan<byte> name = BtfNameScan.EssentialName(local.Types.StringAt(local.Steps[0].NameOffset));
        for (int i = 0; i < type.Count; i++)
        {
            uint nameOffset = type.EnumeratorRaw(i).NameOffset;
            if (!BtfNameScan.EssentialName(target.Types.StringAt(nameOffset)).SequenceEqual(name)) continue;
            target.Steps[target.StepCount++] = new CoreStep(id, (uint)i, nameOffset);
            target.Raw[target.RawCount++] = (uint)i;
            return CoreMatch.Yes;
        }

        return CoreMatch.No;
    }

    private static CoreMatch MatchField(CoreSpec local, CoreSpec target, ref int effort)
    {
        uint id = target.RootId;
        for (int i = 0; i < local.StepCount; i++)
        {
            CoreStep step = local.Steps[i];
            id = target.Types.Resolve(id);
            if (step.NameOffset != 0)
            {
                CoreMatch found = FindMember(local, step, target, ref id, 0, ref effort);
                if (found != CoreMatch.Yes) return found;
                continue;
            }

            if (i > 0)
            {
                BtfType array = target.Types[id];
                if (array.Kind != BtfKind.Array) return CoreMatch.No;
                if (step.Index >= array.ElementCount && !target.IsFlexible(target.StepCount - 1, array)) return CoreMatch.No;
                id = target.Types.Resolve(array.ElementTypeId);
            }

            if (target.RawCount == CoreSpec.MaxLength || target.StepCount == CoreSpec.MaxLength) return CoreMatch.TooDeep;
            long size = target.Types.SizeOf(id, target.PointerSize);
            if (size < 0) return CoreMatch.No;
            target.Steps[target.StepCount++] = new CoreStep(id, step.Index, 0);
            target.Raw[target.RawCount++] = step.Index;
            target.BitOffset += step.Index * (ulong)size * 8;
        }

        return CoreMatch.Yes;
    }

    /// <summary>Looks for a member by name, also inside anonymous members, and moves on to its type.</summary>
    private static CoreMatch FindMember(CoreSpec local, CoreStep step, CoreSpec target, ref uint id, int depth, ref int effort)
    {
        uint structId = target.Types.Resolve(id);
        BtfType type = target.Types[structId];
        if (!type.IsComposite) return CoreMatch.No;
        ReadOnlySpan<byte> name = local.Types.StringAt(step.NameOffset);
        for (int i = 0; i < type.Count; i++)
        {
            if (target.RawCount == CoreSpec.MaxLength || target.StepCount == CoreSpec.MaxLength || depth > MaxDepth || --effort < 0) return CoreMatch.TooDeep;
            var member = type.MemberRaw(i);
            ReadOnlySpan<byte> memberName = target.Types.StringAt(member.NameOffset);
            bool named = !memberName.IsEmpty;
            if (named && !memberName.SequenceEqual(name)) continue;

            target.BitOffset += member.BitOffset;
            target.Raw[target.RawCount++] = (uint)i;
            if (named)
            {
                uint localType = local.Types[step.TypeId].MemberRaw((int)step.Index).TypeId;
                if (!FieldsAgree(local.Types, localType, target.Types, member.TypeId)) return CoreMatch.No; // names are unique: no other can fit
                target.Steps[target.StepCount++] = new CoreStep(structId, (uint)i, member.NameOffset);
                id = member.TypeId;
                return CoreMatch.Yes;
            }

            uint inner = member.TypeId;
            CoreMatch found = FindMember(local, step, target, ref inner, depth + 1, ref effort);
            if (found != CoreMatch.No)
            {
                id = inner;
                return found;
            }

            target.BitOffset -= member.BitOffset;
            target.RawCount--;
        }

        return CoreMatch.No;
    }

    /// <summary>Whether a field may be read as the local type says: integers of any size, any pointers, enumerations of one name.</summary>
    private static bool FieldsAgree(BtfTypes localTypes, uint localId, BtfTypes targetTypes, uint targetId)
    {
        for (int depth = 0; depth < BtfTypes.MaxDepth; depth++)
        {
            BtfType local = localTypes[localTypes.Resolve(localId)], target = targetTypes[targetTypes.Resolve(targetId)];
            if (local.IsComposite && target.IsComposite) return true;
            if (!KindsAgree(local, target)) return false;
            switch (local.Kind)
            {
                case BtfKind.Pointer or BtfKind.Float:
                    return true;
                case BtfKind.Forward or BtfKind.Enum or BtfKind.Enum64:
                    return local.NameUtf8.IsEmpty || target.NameUtf8.IsEmpty || NamesAgree(local, target);
                case BtfKind.Int:
                    return local.IntBitOffset == 0 && target.IntBitOffset == 0; // integers that are bit-fields themselves are long gone
                case BtfKind.Array:
                    (localId, targetId) = (local.ElementTypeId, target.ElementTypeId);
                    break;
                default:
                    return false;
            }
        }

        return false;
    }

    private static bool NamesAgree(BtfType local, BtfType target) =>
        BtfNameScan.EssentialName(local.NameUtf8).SequenceEqual(BtfNameScan.EssentialName(target.NameUtf8));

    private static bool NamesAgree(BtfTypes localTypes, uint local, BtfTypes targetTypes, uint target) =>
        BtfNameScan.EssentialName(localTypes.StringAt(local)).SequenceEqual(BtfNameScan.EssentialName(targetTypes.StringAt(target)));
}
