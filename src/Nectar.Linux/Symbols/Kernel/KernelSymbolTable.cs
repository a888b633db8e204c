// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Linux.Symbols.Names;

namespace Nectar.Linux.Symbols.Kernel;

/// <summary>
/// What <c>/proc/kallsyms</c> said at one moment, in flat arrays: 17 bytes a symbol beside its name, 8 more once names are looked up.
/// Immutable and thread-safe.
/// </summary>
internal sealed class KernelSymbolTable
{
    /// <summary>Sizes are not known: beyond this the next lower symbol is not what an address belongs to.</summary>
    private const ulong MaxFunction = 1 << 20, MaxData = 16 << 20;

    private readonly ulong[] _addresses;
    private readonly uint[] _names;
    private readonly ushort[] _lengths, _modules;
    private readonly byte[] _types, _text;
    private readonly string?[] _moduleNames;
    private readonly Lazy<NameIndex> _index;

    internal KernelSymbolTable(KallsymsParser parsed)
    {
        int count = parsed.Count;
        (_addresses, _names, _lengths, _modules, _types, _text) = (parsed.Addresses[..count], parsed.Names[..count], parsed.Lengths[..count], parsed.Modules[..count], parsed.Types[..count], parsed.Text[..parsed.TextLength]);
        _moduleNames = [.. parsed.ModuleNames];
        AreHidden = count > 0 && !_addresses.AsSpan().ContainsAnyExcept(0ul);
        if (!AreHidden) Sort();
        _index = new Lazy<NameIndex>(BuildIndex);
    }

    internal int Count => _addresses.Length;

    /// <summary>True if every address is zero.</summary>
    internal bool AreHidden { get; }

    internal long Bytes => (Count * 17L) + _text.Length + (_index.IsValueCreated ? _index.Value.Bytes : 0);

    internal KernelSymbol this[int index] => new(Encoding.UTF8.GetString(NameBytes(index)), _addresses[index], (char)_types[index], _moduleNames[_modules[index]]);

    internal ReadOnlySpan<byte> NameBytes(int index) => _text.AsSpan((int)_names[index], _lengths[index]);

    internal string? Module(int index) => _moduleNames[_modules[index]];

    internal IEnumerable<string> Modules => _moduleNames.OfType<string>();

    internal void Find(ReadOnlySpan<byte> name, string? module, List<KernelSymbol> found)
    {
        NameIndex index = _index.Value;
        int start = found.Count;
        for (int i = index.First(NameIndex.Hash(name)); i >= 0; i = index.Next(i))
        {
            if (NameBytes(i).SequenceEqual(name) && (module is null || Module(i) == module)) found.Add(this[i]);
        }

        found.Reverse(start, found.Count - start); // chains run from the last to the first
    }

    /// <summary>The symbol that an address belongs to, and the distance; -1 if there is none. Of several names the first, as in the kernel's own traces.</summary>
    internal int FindAddress(ulong address, out ulong offset)
    {
        offset = 0;
        if (AreHidden) return -1;
        int at = _addresses.AsSpan().BinarySearch(address);
        if (at < 0) at = ~at - 1;
        if (at < 0) return -1;
        while (at > 0 && _addresses[at - 1] == _addresses[at]) at--;
        offset = address - _addresses[at];
        ulong most = _types[at] is (byte)'t' or (byte)'T' or (byte)'w' or (byte)'W' ? MaxFunction : MaxData;
        return _addresses[at] != 0 && offset < most ? at : -1;
    }

    private NameIndex BuildIndex()
    {
        NameIndex index = new(Count);
        for (int i = 0; i < Count; i++) index.Add(i, NameIndex.Hash(NameBytes(i)));
        return index;
    }

    /// <summary>By address; symbols of one address stay in the kernel's order, which puts the best name first.</summary>
    private void Sort()
    {
        bool sorted = true;
        for (int i = 1; i < _addresses.Length && sorted; i++) sorted = _addresses[i - 1] <= _addresses[i];
        if (sorted) return;
        int[] order = new int[_addresses.Length];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(_addresses, order);
        for (int start = 0, end; start < order.Length; start = end)
        {
            for (end = start + 1; end < order.Length && _addresses[end] == _addresses[start];) end++;
            if (end - start > 1) Array.Sort(order, start, end - start);
        }

        Permute(_names, order);
        Permute(_lengths, order);
        Permute(_modules, order);
        Permute(_types, order);
    }

    private static void Permute<T>(T[] values, int[] order)
    {
        T[] before = (T[])values.Clone();
        for (int i = 0; i < order.Length; i++) values[i] = before[order[i]];
    }
}
