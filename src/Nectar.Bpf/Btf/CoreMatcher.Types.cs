// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Btf;

/// <content>Questions about whole types.</content>
internal static partial class CoreMatcher
{
    /// <summary>Whether a declaration agrees with what the target has: the same kinds through pointers, arrays and prototypes.</summary>
    internal static bool Agree(BtfTypes localTypes, uint localId, BtfTypes targetTypes, uint targetId)
    {
        int effort = MaxEffort;
        return TypesAgree(localTypes, localTypes.Resolve(localId), targetTypes, targetTypes.Resolve(targetId), MaxDepth, ref effort) == CoreMatch.Yes;
    }

    /// <summary>Whether types are of the same kind, through pointers, arrays and prototypes; members do not count.</summary>
    private static CoreMatch TypesAgree(BtfTypes localTypes, uint localId, BtfTypes targetTypes, uint targetId, int level, ref int effort)
    {
        if (!KindsAgree(localTypes[localId], targetTypes[targetId])) return CoreMatch.No;
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            BtfType local = localTypes[localTypes.Resolve(localId)], target = targetTypes[targetTypes.Resolve(targetId)];
            if (!KindsAgree(local, target)) return CoreMatch.No;
            switch (local.Kind)
            {
                case BtfKind.Void or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Forward:
                    return CoreMatch.Yes;
                case BtfKind.Int:
                    return local.IntBitOffset == 0 && target.IntBitOffset == 0 ? CoreMatch.Yes : CoreMatch.No;
                case BtfKind.Pointer:
                    (localId, targetId) = (local.TypeId, target.TypeId);
                    break;
                case BtfKind.Array:
                    (localId, targetId) = (local.ElementTypeId, target.ElementTypeId);
                    break;
                case BtfKind.FuncProto:
                    if (local.Count != target.Count) return CoreMatch.No;
                    for (int i = 0; i < local.Count; i++)
                    {
                        if (level <= 0 || --effort < 0) return CoreMatch.TooDeep;
                        CoreMatch agree = TypesAgree(localTypes, localTypes.Resolve(local.Extra((i * 2) + 1)), targetTypes, targetTypes.Resolve(target.Extra((i * 2) + 1)), level - 1, ref effort);
                        if (agree != CoreMatch.Yes) return agree;
                    }

                    (localId, targetId) = (local.TypeId, target.TypeId);
                    break;
                default:
                    return CoreMatch.No;
            }
        }

        return CoreMatch.TooDeep;
    }

    /// <summary>Whether the target has all that the local type has: members by name, enumerators by name, integers of the same size.</summary>
    private static CoreMatch TypesMatch(BtfTypes localTypes, uint localId, BtfTypes targetTypes, uint targetId, bool behindPointer, int level, ref int effort)
    {
        if (level <= 0 || --effort < 0) return CoreMatch.TooDeep;
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            BtfType local = localTypes[localTypes.Resolve(localId)], target = targetTypes[targetTypes.Resolve(targetId)];
            if (!NamesAgree(local, target)) return CoreMatch.No;
            bool sameKind = local.Kind == target.Kind;
            switch (local.Kind)
            {
                case BtfKind.Void:
                    return Answer(sameKind);
                case BtfKind.Forward when sameKind:
                    return Answer(local.KindFlag == target.KindFlag);
                case BtfKind.Forward:
                    return Answer(behindPointer && target.Kind == (local.KindFlag ? BtfKind.Union : BtfKind.Struct));
                case BtfKind.Enum or BtfKind.Enum64:
                    return Answer(target.IsEnum && EnumsMatch(local, target));
                case BtfKind.Struct or BtfKind.Union when behindPointer:
                    return Answer(sameKind || (target.Kind == BtfKind.Forward && target.KindFlag == (local.Kind == BtfKind.Union)));
                case BtfKind.Struct or BtfKind.Union:
                    return sameKind ? CompositesMatch(local, target, level, ref effort) : CoreMatch.No;
                case BtfKind.Int:
                    return Answer(sameKind && local.Size == target.Size && ((local.IntEncoding ^ target.IntEncoding) & BtfIntEncoding.Signed) == 0);
                case BtfKind.Pointer when sameKind:
                    behindPointer = true;
                    (localId, targetId) = (local.TypeId, target.TypeId);
                    break;
                case BtfKind.Array when sameKind && local.ElementCount == target.ElementCount:
                    (localId, targetId) = (local.ElementTypeId, target.ElementTypeId);
                    break;
                case BtfKind.FuncProto when sameKind && local.Count == target.Count:
                    for (int i = 0; i < local.Count; i++)
                    {
                        CoreMatch match = TypesMatch(localTypes, local.Extra((i * 2) + 1), targetTypes, target.Extra((i * 2) + 1), behindPointer, level - 1, ref effort);
                        if (match != CoreMatch.Yes) return match;
                    }

                    (localId, targetId) = (local.TypeId, target.TypeId);
                    break;
                default:
                    return CoreMatch.No;
            }
        }

        return CoreMatch.TooDeep;

        static CoreMatch Answer(bool yes) => yes ? CoreMatch.Yes : CoreMatch.No;
    }

    private static bool EnumsMatch(BtfType local, BtfType target)
    {
        if (local.Size != target.Size || local.Count > target.Count) return false;
        for (int i = 0; i < local.Count; i++)
        {
            bool found = false;
            for (int j = 0; j < target.Count && !found; j++)
                found = NamesAgree(local.Owner, local.EnumeratorRaw(i).NameOffset, target.Owner, target.EnumeratorRaw(j).NameOffset);
            if (!found) return false;
        }

        return true;
    }

    private static CoreMatch CompositesMatch(BtfType local, BtfType target, int level, ref int effort)
    {
        if (local.Count > target.Count) return CoreMatch.No;
        for (int i = 0; i < local.Count; i++)
        {
            var member = local.MemberRaw(i);
            CoreMatch found = CoreMatch.No;
            for (int j = 0; j < target.Count && found == CoreMatch.No; j++)
            {
                var other = target.MemberRaw(j);
                if (!NamesAgree(local.Owner, member.NameOffset, target.Owner, other.NameOffset)) continue;
                found = TypesMatch(local.Owner, member.TypeId, target.Owner, other.TypeId, behindPointer: false, level - 1, ref effort);
            }

            if (found != CoreMatch.Yes) return found;
        }

        return CoreMatch.Yes;
    }
}
