// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Inspection;

/// <summary>Which programs and maps use which types.</summary>
public sealed class TypesUsers
{
    private readonly Dictionary<uint, List<uint>> _programs = [], _maps = [];

    private TypesUsers()
    {
    }

    /// <summary>Looks at all programs and maps.</summary>
    public static TypesUsers Read()
    {
        TypesUsers users = new();
        foreach (ProgramInfo info in ProgramInfo.ReadAll()) Add(users._programs, info.BtfId, info.Id);
        foreach (MapInfo info in MapInfo.ReadAll()) Add(users._maps, info.BtfId, info.Id);
        return users;
    }

    /// <summary>The programs whose functions have these types.</summary>
    public IReadOnlyList<uint> Programs(uint btfId) => _programs.TryGetValue(btfId, out List<uint>? ids) ? ids : [];

    /// <summary>The maps whose elements have these types.</summary>
    public IReadOnlyList<uint> Maps(uint btfId) => _maps.TryGetValue(btfId, out List<uint>? ids) ? ids : [];

    private static void Add(Dictionary<uint, List<uint>> users, uint btf, uint id)
    {
        if (btf == 0) return;
        if (!users.TryGetValue(btf, out List<uint>? ids)) users.Add(btf, ids = []);
        ids.Add(id);
    }
}
