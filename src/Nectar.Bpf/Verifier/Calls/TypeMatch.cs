// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Whether a pointer to one BTF type is a pointer to another: the same struct, or a struct that lies at its offset.</summary>
internal static class TypeMatch
{
    /// <summary>The name of a type; "type 7" if it has none.</summary>
    internal static string Name(Analysis a, int set, uint type)
    {
        BtfTypes? types = KptrAccess.TypesOf(a, set);
        if (types is null || type >= types.Count) return $"type {type}";
        string name = types[type].Name;
        return name.Length > 0 ? name : $"type {type}";
    }

    /// <summary>True if <paramref name="type"/> at <paramref name="offset"/> is <paramref name="needed"/>.</summary>
    /// <param name="a">The analysis.</param>
    /// <param name="set">The set of types of the pointer: 0 the kernel's, 1 the program's.</param>
    /// <param name="type">What the pointer points to.</param>
    /// <param name="offset">The pointer's offset from there.</param>
    /// <param name="neededSet">The set of the type that is needed.</param>
    /// <param name="needed">The type that is needed.</param>
    /// <param name="strict">True if a first member does not count.</param>
    internal static bool IsSame(Analysis a, int set, uint type, long offset, int neededSet, uint needed, bool strict)
    {
        if (offset == 0 && set == neededSet && type == needed) return true;
        if (strict || set != neededSet || offset < 0 || KptrAccess.TypesOf(a, set) is not { } types) return false;
        for (int depth = 0; depth < 32; depth++)
        {
            type = Inner(types, type, offset);
            if (type == 0) return false;
            if (type == needed) return true;
            offset = 0;
        }

        return false;
    }

    /// <summary>The struct that begins at an offset of another; 0 if there is none.</summary>
    private static uint Inner(BtfTypes types, uint typeId, long offset)
    {
        for (int depth = 0; depth < 32; depth++)
        {
            BtfType type = types[types.Resolve(typeId)];
            if (!type.IsComposite) return 0;
            uint next = 0;
            for (int i = 0; i < type.Count; i++)
            {
                (_, uint memberType, uint bits, int bitField) = type.MemberRaw(i);
                if (bitField != 0) continue;
                long at = bits / 8, size = types.SizeOf(memberType);
                if (offset < at || offset >= at + size) continue;
                uint element = types.Resolve(memberType);
                while (types[element].Kind == BtfKind.Array)
                {
                    BtfType array = types[element];
                    element = types.Resolve(array.ElementTypeId);
                    long one = types.SizeOf(element);
                    if (one <= 0) return 0;
                    at += (offset - at) / one * one;
                }

                if (!types[element].IsComposite)
                {
                    if (type.Kind == BtfKind.Union) continue;
                    return 0;
                }

                if (offset == at) return element;
                next = element;
                offset -= at;
                break;
            }

            if (next == 0) return 0;
            typeId = next;
        }

        return 0;
    }
}
