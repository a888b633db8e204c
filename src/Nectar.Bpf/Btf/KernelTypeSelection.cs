// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Btf;

/// <summary>
/// Which members of which types are wanted, as users write it: <c>task_struct:pid,real_parent.tgid</c> are the members <c>pid</c>
/// and <c>real_parent</c> of one struct and <c>tgid</c> of another; <c>path,dentry</c> are two whole types.
/// </summary>
internal sealed class KernelTypeSelection(BtfTypes types)
{
    private const int MaxDepth = 64;
    private readonly Dictionary<uint, HashSet<string>?> _members = [];

    /// <summary>The types that were asked for, in that order.</summary>
    internal List<uint> Roots { get; } = [];

    /// <summary>Adds one word of the user: <c>TYPE[,TYPE…]</c> or <c>TYPE:MEMBER[.MEMBER…][,…]</c>.</summary>
    internal void Add(string word)
    {
        int colon = word.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            foreach (string name in word.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)) Whole(Find(name));
            return;
        }

        uint root = Find(word[..colon]);
        string[] paths = word[(colon + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (paths.Length == 0) throw Problem($"'{word}' names no member after the colon", "help: task_struct:pid,tgid");
        foreach (string path in paths) Member(root, path);
        AddRoot(root);
    }

    /// <summary>True if a pointer to the type is worth a definition: somebody asked for some of it.</summary>
    internal bool IsSelected(uint id) => _members.ContainsKey(id);

    /// <summary>True if the member belongs to the declaration; a type that is only contained is wanted as a whole.</summary>
    internal bool Wants(uint id, string member) => !_members.TryGetValue(id, out HashSet<string>? chosen) || chosen is null || chosen.Contains(member);

    /// <summary>The type behind arrays and pointers.</summary>
    internal uint Pointed(uint typeId)
    {
        uint id = types.Resolve(typeId);
        for (int depth = 0; depth < MaxDepth && types[id].Kind is BtfKind.Array or BtfKind.Pointer; depth++)
            id = types.Resolve(types[id].Kind == BtfKind.Array ? types[id].ElementTypeId : types[id].TypeId);
        return id;
    }

    private void Whole(uint id)
    {
        _members[id] = null;
        AddRoot(id);
    }

    private void AddRoot(uint id)
    {
        if (!Roots.Contains(id)) Roots.Add(id);
    }

    private void Member(uint root, string path)
    {
        string[] names = path.Split('.', StringSplitOptions.TrimEntries);
        uint id = root;
        for (int i = 0; i < names.Length; i++)
        {
            if (!types[id].IsComposite) throw Problem($"'{types[id].Name}' before '.{names[i]}' in '{path}' is no struct", "help: what is behind a dot is a member of the struct, or of what the pointer points to");
            if (!TryMember(id, names[i], 0, out BtfMember member)) throw NoMember(id, names[i]);
            if (!_members.TryGetValue(id, out HashSet<string>? chosen)) _members.Add(id, chosen = new(StringComparer.Ordinal));
            chosen?.Add(names[i]); // null: all of it was asked for already
            id = Pointed(member.TypeId);
        }
    }

    private bool TryMember(uint id, string name, int depth, out BtfMember found)
    {
        BtfType type = types[id];
        for (int i = 0; i < type.Count; i++)
        {
            BtfMember member = type.Member(i);
            if (member.Name == name)
            {
                found = member;
                return true;
            }

            if (member.Name.Length == 0 && depth < MaxDepth && types.Resolve(member.TypeId) is var inner && types[inner].IsComposite && TryMember(inner, name, depth + 1, out found)) return true;
        }

        found = default;
        return false;
    }

    private uint Find(string name)
    {
        foreach (BtfKind kind in (ReadOnlySpan<BtfKind>)[BtfKind.Struct, BtfKind.Union, BtfKind.Enum, BtfKind.Enum64, BtfKind.Typedef])
        {
            if (types.FindByName(name, kind) is not 0 and var id && types.Resolve(id) is var resolved && (types[resolved].IsComposite || types[resolved].IsEnum)) return resolved;
        }

        throw Problem($"there is no struct, union or enumeration '{name}'", "help: names are matched whole and by case; nectar btf dump lists all");
    }

    private ObjectFormatException NoMember(uint id, string name)
    {
        List<string> members = [];
        Collect(id, members, 0);
        string[] near = NearestNames.Help(name, members);
        return Problem($"'{types[id].Name}' has no member '{name}'", near is [var help, ..] ? help : $"help: it has {string.Join(", ", members.Take(12))}{(members.Count > 12 ? ", …" : "")}");
    }

    private void Collect(uint id, List<string> names, int depth)
    {
        for (int i = 0; i < types[id].Count; i++)
        {
            BtfMember member = types[id].Member(i);
            if (member.Name.Length > 0) names.Add(member.Name);
            else if (depth < MaxDepth && types.Resolve(member.TypeId) is var inner && types[inner].IsComposite) Collect(inner, names, depth + 1);
        }
    }

    private static ObjectFormatException Problem(string message, string help) => new(Diagnostic.Error(BtfCodes.Selection, message, help));
}
