// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Inspection;

namespace Nectar.Linux.Maps;

/// <summary>
/// A map for people: keys and values as text, by the types that came with the map, or as bytes where it has none. What it prints it
/// also reads.
/// </summary>
public sealed class TypedMap
{
    private readonly KernelMap _map;
    private readonly uint _keyType, _valueType;

    /// <summary>Reads the map's types.</summary>
    public TypedMap(KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        _map = map;
        MapInfo info = map.GetInfo();
        bool isKernels = info.Type == MapType.StructOps && info.KernelValueTypeId != 0;
        Types = isKernels ? KernelTypes.TryRead(1) : KernelTypes.TryRead(info.BtfId);
        (_keyType, _valueType) = Types is null ? (0, 0) : (isKernels ? 0 : info.KeyTypeId, isKernels ? info.KernelValueTypeId : info.ValueTypeId);
    }

    /// <summary>The types of key and value; null for a map without.</summary>
    public BtfTypes? Types { get; }

    /// <summary>A key as text.</summary>
    public string FormatKey(ReadOnlySpan<byte> key) => BtfValueFormatter.ToText(Types, _keyType, key);

    /// <summary>A value as text; of per-CPU maps a list with one for each processor.</summary>
    public string FormatValue(ReadOnlySpan<byte> value)
    {
        if (!_map.IsPerCpu) return BtfValueFormatter.ToText(Types, _valueType, value);
        int stride = _map.UserValueSize / MapSizes.PossibleCpus;
        string[] parts = new string[MapSizes.PossibleCpus];
        for (int cpu = 0; cpu < parts.Length; cpu++) parts[cpu] = BtfValueFormatter.ToText(Types, _valueType, value.Slice(cpu * stride, (int)_map.Definition.ValueSize));
        return $"[{string.Join(", ", parts)}]";
    }

    /// <summary>The bytes of a key.</summary>
    /// <param name="text">By type (<c>{.pid = 1}</c>, <c>{"pid": 1}</c>, <c>42</c>) or as bytes (<c>1 0 0 0</c>, <c>hex 01 00 00 00</c>).</param>
    /// <exception cref="KernelException">The text does not fit (NEC4063).</exception>
    public byte[] ParseKey(string text) => Parse(text, _keyType, (int)_map.Definition.KeySize, "key");

    /// <summary>The bytes of a value, of one processor for per-CPU maps.</summary>
    /// <param name="text">As for <see cref="ParseKey"/>.</param>
    /// <exception cref="KernelException">The text does not fit (NEC4063).</exception>
    public byte[] ParseValue(string text) => Parse(text, _valueType, (int)_map.Definition.ValueSize, "value");

    /// <summary>The value of a key as text.</summary>
    /// <exception cref="KernelException">The text does not fit (NEC4063).</exception>
    /// <exception cref="MapException">The map refuses.</exception>
    public bool TryGet(string key, [NotNullWhen(true)] out string? value)
    {
        byte[] bytes = new byte[_map.UserValueSize];
        Errno errno = _map.Lookup(ParseKey(key), bytes);
        value = errno == Errno.None ? FormatValue(bytes) : null;
        return errno is Errno.None or Errno.ENOENT ? value is not null : throw new MapException(_map, "look-up", errno);
    }

    /// <summary>Sets the value of a key; of per-CPU maps the same for all processors.</summary>
    /// <exception cref="KernelException">A text does not fit (NEC4063).</exception>
    /// <exception cref="MapException">The map refuses.</exception>
    public void Set(string key, string value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        byte[] keyBytes = ParseKey(key), valueBytes = ParseValue(value);
        Errno errno = _map.IsPerCpu ? _map.UpdateAllCpus(keyBytes, valueBytes, flags) : _map.Update(keyBytes, valueBytes, flags);
        if (errno != Errno.None) throw new MapException(_map, "update", errno);
    }

    /// <summary>All elements as text.</summary>
    public IEnumerable<KeyValuePair<string, string>> Elements() => _map.Snapshot().Select(e => new KeyValuePair<string, string>(FormatKey(e.Key), FormatValue(e.Value)));

    private byte[] Parse(string text, uint typeId, int size, string what)
    {
        ArgumentNullException.ThrowIfNull(text);
        string? problem = null;
        if (TryBytes(text, size, out byte[]? bytes)) return bytes;
        if (Types is not null && typeId != 0 && BtfValueParser.TryParse(Types, typeId, text, out bytes, out problem)) return bytes;
        throw new KernelException(
            Diagnostic.Error(
                KernelMapCodes.Text,
                $"map '{_map.Name}': its {what} of {size} bytes: {problem ?? $"'{text}' is not {size} bytes"}",
                Types is null || typeId == 0 ? "note: the map came without types, so it can only be given as bytes" : "help: by its type, as {.member = 1} or {\"member\": 1}, or as bytes",
                "help: bytes are 1 0 0 0, 0x01 0x00 0x00 0x00, or hex 01 00 00 00"),
            Errno.EINVAL,
            "map element",
            $"map '{_map.Name}'");
    }

    /// <summary>Exactly as many bytes as wanted, decimal or hexadecimal with <c>0x</c>, or all hexadecimal behind <c>hex</c>.</summary>
    private static bool TryBytes(string text, int size, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        bool isHex = words.Length > 0 && words[0] == "hex";
        if (isHex) words = words[1..];
        // One byte of a larger type would be a number of that type.
        if (words.Length != size) return false;
        byte[] result = new byte[size];
        for (int i = 0; i < size; i++)
        {
            bool hex = isHex || words[i].StartsWith("0x", StringComparison.OrdinalIgnoreCase);
            ReadOnlySpan<char> digits = hex && words[i].StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? words[i].AsSpan(2) : words[i];
            if (!byte.TryParse(digits, hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out result[i])) return false;
        }

        bytes = result;
        return true;
    }
}
