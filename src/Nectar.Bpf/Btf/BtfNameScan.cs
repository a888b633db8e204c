// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Nectar.Bpf.Btf;

/// <summary>
/// Looks for a few names among all types of a set in one pass. Programs ask for some dozen of a kernel's hundred thousand names, once a
/// process: an index of all of them costs ten times what it would save.
/// </summary>
internal sealed class BtfNameScan
{
    /// <summary>Kinds that CO-RE relocates against: functions and variables are none of them.</summary>
    internal const uint DataKinds = (1u << (int)BtfKind.Int) | (1u << (int)BtfKind.Struct) | (1u << (int)BtfKind.Union) | (1u << (int)BtfKind.Enum) | (1u << (int)BtfKind.Enum64)
        | (1u << (int)BtfKind.Forward) | (1u << (int)BtfKind.Typedef) | (1u << (int)BtfKind.Float);

    private const int FilterBits = 1 << 16;

    private readonly ulong[] _filter = new ulong[FilterBits / 64]; // by the first two characters of a name, its zero included
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<byte[]> _names = [];

    /// <summary>Adds a name; gives its number.</summary>
    internal int Add(ReadOnlySpan<byte> name)
    {
        string text = Encoding.UTF8.GetString(name);
        if (_numbers.TryGetValue(text, out int number)) return number;
        number = _names.Count;
        _numbers.Add(text, number);
        _names.Add(name.ToArray());
        if (name.Length == 0) return number;
        int first = name[0];
        if (name.Length > 1) Mark(first | (name[1] << 8));
        else
        {
            Mark(first);
            Mark(first | ('_' << 8)); // a flavour of it
        }

        return number;
    }

    /// <summary>For each name the types of this set, the base left out, whose name without flavour it is; low numbers first.</summary>
    internal List<uint>[] Find(BtfTypes types, uint kinds)
    {
        List<uint>[] found = new List<uint>[_names.Count];
        for (int i = 0; i < found.Length; i++) found[i] = [];
        ReadOnlySpan<int> offsets = types.RecordOffsets;
        uint first = types.FirstId;
        for (int i = first == 0 ? 1 : 0; i < offsets.Length; i++)
        {
            uint name = types.Word(offsets[i]);
            if (name == 0 || ((kinds >> (int)((types.Word(offsets[i] + 4) >> 24) & 31)) & 1) == 0) continue;
            int start = types.FirstCharacters(name);
            if (((_filter[start >> 6] >> (start & 63)) & 1) == 0) continue;
            ReadOnlySpan<byte> essential = EssentialName(types.StringAt(name));
            for (int n = 0; n < found.Length; n++)
            {
                if (essential.SequenceEqual(_names[n])) found[n].Add(first + (uint)i);
            }
        }

        return found;
    }

    /// <summary>
    /// A name without its flavour: what stands before the last <c>___</c> that has other characters on both sides.
    /// </summary>
    internal static ReadOnlySpan<byte> EssentialName(ReadOnlySpan<byte> name)
    {
        if (name.IndexOf("___"u8) < 0) return name;
        for (int i = name.Length - 5; i >= 0; i--)
        {
            if (name[i] != '_' && name[i + 4] != '_' && name.Slice(i + 1, 3).SequenceEqual("___"u8)) return name[..(i + 1)];
        }

        return name;
    }

    private void Mark(int characters) => _filter[characters >> 6] |= 1ul << (characters & 63);
}
