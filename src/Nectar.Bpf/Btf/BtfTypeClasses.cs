// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Bpf.Btf;

/// <summary>
/// Finds types that are the same, cycles included, by refinement: at first all types of one shape count as the same, then those
/// that refer to different ones are told apart, round after round, until nothing changes. Labels are 64-bit hashes with a
/// random seed, so that no file can be made to confuse them; which types are the same does not depend on the seed.
/// </summary>
internal sealed class BtfTypeClasses
{
    private const ulong Multiplier = 0x9e3779b97f4a7c15;

    private readonly BtfTypes _types;
    private readonly ulong _seed = (ulong)Random.Shared.NextInt64();
    private readonly ulong[] _shapes; // what a type is apart from what it refers to
    private readonly int[] _firstReference;
    private readonly List<uint> _references = [];
    private readonly uint[] _alias; // for a forward declaration: its definition; else the type itself
    private ulong[] _labels;

    internal BtfTypeClasses(BtfTypes types)
    {
        _types = types;
        _shapes = new ulong[types.Count];
        _labels = new ulong[types.Count];
        _firstReference = new int[types.Count + 1];
        _alias = new uint[types.Count];
        for (uint id = 0; id < types.Count; id++)
        {
            _firstReference[id] = _references.Count;
            _alias[id] = id;
            _shapes[id] = Describe(types[id]);
        }

        _firstReference[types.Count] = _references.Count;
    }

    /// <summary>For each type the lowest number of one that is the same; for a forward declaration its only definition.</summary>
    internal uint[] Find()
    {
        Dictionary<uint, (uint First, uint[] All)> definitions = AliasForwards();
        while (true)
        {
            Refine();
            bool separated = false;
            foreach ((uint forward, (uint first, uint[] all)) in definitions)
            {
                if (_alias[forward] == forward || Array.TrueForAll(all, id => _labels[id] == _labels[first])) continue;
                _alias[forward] = forward; // the name has several definitions: which one is meant cannot be known
                separated = true;
            }

            if (!separated) break;
        }

        uint[] lowest = new uint[_types.Count];
        Dictionary<ulong, uint> seen = new(_types.Count);
        for (uint id = 0; id < lowest.Length; id++)
        {
            if (_alias[id] != id) continue;
            ref uint found = ref CollectionsMarshal.GetValueRefOrAddDefault(seen, _labels[id], out bool known);
            if (!known) found = id;
            lowest[id] = found;
        }

        for (uint id = 0; id < lowest.Length; id++)
        {
            if (_alias[id] != id) lowest[id] = lowest[_alias[id]];
        }

        return lowest;
    }

    private void Refine()
    {
        _shapes.CopyTo(_labels, 0);
        ulong[] next = new ulong[_labels.Length];
        ReadOnlySpan<uint> references = CollectionsMarshal.AsSpan(_references);
        int count = 0;
        while (true)
        {
            for (int id = 0; id < next.Length; id++)
            {
                ulong label = _labels[id]; // with the label so far, so that what was told apart stays apart
                for (int i = _firstReference[id]; i < _firstReference[id + 1]; i++) label = Mix(label, _labels[_alias[references[i]]]);
                next[id] = label;
            }

            (_labels, next) = (next, _labels);
            int distinct = CountDistinct(_labels);
            if (distinct == count) return;
            count = distinct;
        }
    }

    /// <summary>Believes that each forward declaration means the definitions of its name, if these look alike so far.</summary>
    private Dictionary<uint, (uint First, uint[] All)> AliasForwards()
    {
        Dictionary<ulong, List<uint>> byName = [];
        for (uint id = 1; id < _types.Count; id++)
        {
            BtfType type = _types[id];
            if (type.NameOffset == 0 || IsForward(type) || !(type.IsComposite || type.IsEnum)) continue;
            ulong key = NameKey(type);
            if (!byName.TryGetValue(key, out List<uint>? list)) byName.Add(key, list = []);
            list.Add(id);
        }

        Dictionary<uint, (uint First, uint[] All)> definitions = [];
        for (uint id = Math.Max(1, _types.FirstId); id < _types.Count; id++) // those of a base stay: nobody can change the base
        {
            BtfType type = _types[id];
            if (!IsForward(type) || type.NameOffset == 0 || !byName.TryGetValue(NameKey(type), out List<uint>? list)) continue;
            if (!list.TrueForAll(other => _shapes[(int)other] == _shapes[(int)list[0]])) continue;
            definitions.Add(id, (list[0], [.. list]));
            _alias[id] = list[0];
        }

        return definitions;
    }

    private static bool IsForward(BtfType type) => type.Kind == BtfKind.Forward || (type.IsEnum && type.Count == 0);

    private ulong NameKey(BtfType type)
    {
        ulong space = type.IsEnum ? 2 : type.Kind == BtfKind.Union || (type.Kind == BtfKind.Forward && type.KindFlag) ? 1u : 0;
        return Mix(Hash(type.NameUtf8), space);
    }

    private ulong Describe(BtfType type)
    {
        if (type.Id == 0) return _seed;
        ulong hash = Mix(Hash(type.NameUtf8), (ulong)type.Kind | (type.KindFlag ? 256u : 0) | ((ulong)type.Count << 16));
        BtfTypes owner = type.Owner;
        switch (type.Kind)
        {
            case BtfKind.Int:
                return Mix(Mix(hash, type.Size), type.Extra(0));
            case BtfKind.Array:
                _references.Add(type.ElementTypeId);
                _references.Add(type.IndexTypeId);
                return Mix(hash, type.ElementCount);
            case BtfKind.Struct or BtfKind.Union:
                hash = Mix(hash, type.Size);
                for (int i = 0; i < type.Count; i++)
                {
                    hash = Mix(Mix(hash, Hash(owner.StringAt(type.Extra(i * 3)))), type.Extra((i * 3) + 2));
                    _references.Add(type.Extra((i * 3) + 1));
                }

                return hash;
            case BtfKind.Enum or BtfKind.Enum64:
                hash = Mix(hash, type.Size);
                for (int i = 0; i < type.Count; i++)
                {
                    (uint name, long value) = type.EnumeratorRaw(i);
                    hash = Mix(Mix(hash, Hash(owner.StringAt(name))), (ulong)value);
                }

                return hash;
            case BtfKind.FuncProto:
                _references.Add(type.TypeId);
                for (int i = 0; i < type.Count; i++)
                {
                    hash = Mix(hash, Hash(owner.StringAt(type.Extra(i * 2))));
                    _references.Add(type.Extra((i * 2) + 1));
                }

                return hash;
            case BtfKind.DataSection:
                hash = Mix(hash, type.Size);
                for (int i = 0; i < type.Count; i++)
                {
                    hash = Mix(Mix(hash, type.Variable(i).Offset), type.Variable(i).Size);
                    _references.Add(type.Variable(i).TypeId);
                }

                return hash;
            case BtfKind.Var or BtfKind.DeclTag:
                _references.Add(type.TypeId);
                return Mix(hash, type.Extra(0));
            case BtfKind.Float or BtfKind.Forward:
                return Mix(hash, type.Size);
            default:
                _references.Add(type.TypeId);
                return hash;
        }
    }

    private static ulong Mix(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left ^ 0xa0761d6478bd642f, right ^ Multiplier ^ System.Numerics.BitOperations.RotateLeft(left, 32), out ulong low);
        return high ^ low ^ (left * Multiplier);
    }

    private ulong Hash(ReadOnlySpan<byte> text)
    {
        ulong hash = _seed ^ (ulong)text.Length;
        for (; text.Length >= 8; text = text[8..]) hash = Mix(hash, MemoryMarshal.Read<ulong>(text));
        ulong rest = 0;
        foreach (byte c in text) rest = (rest << 8) | c;
        return Mix(hash, rest);
    }

    private static int CountDistinct(ulong[] labels)
    {
        int mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)labels.Length * 2) - 1, count = 0;
        ulong[] table = new ulong[mask + 1];
        foreach (ulong label in labels)
        {
            ulong key = label | 1; // zero marks a free place
            int at = (int)(label >> 20) & mask;
            while (table[at] != 0 && table[at] != key) at = (at + 1) & mask;
            if (table[at] == key) continue;
            table[at] = key;
            count++;
        }

        return count;
    }
}
