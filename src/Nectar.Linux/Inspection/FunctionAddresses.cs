// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Text;
using System.Text;

namespace Nectar.Linux.Inspection;

/// <summary>Functions of the running kernel, its modules and BPF programs, by address (<c>/proc/kallsyms</c>).</summary>
public sealed class FunctionAddresses
{
    private static readonly Lazy<FunctionAddresses> s_current = new(Read);
    private readonly byte[] _text;
    private readonly ulong[] _addresses;
    private readonly int[] _names;

    private FunctionAddresses(byte[] text, ulong[] addresses, int[] names)
    {
        _text = text;
        _addresses = addresses;
        _names = names;
    }

    /// <summary>The functions as they were when first asked for; empty where addresses are hidden (<c>kernel.kptr_restrict</c>, not root).</summary>
    public static FunctionAddresses Current => s_current.Value;

    /// <summary>How many are known.</summary>
    public int Count => _addresses.Length;

    /// <summary>The function that begins at an address; null if none does.</summary>
    public string? At(ulong address)
    {
        int index = Array.BinarySearch(_addresses, address);
        return index < 0 ? null : NameAt(index);
    }

    /// <summary>The function around an address, with the distance to its begin; null if there is none.</summary>
    public (string Name, ulong Offset)? Around(ulong address)
    {
        int index = Array.BinarySearch(_addresses, address);
        if (index < 0) index = ~index - 1;
        return index < 0 || address - _addresses[index] > 1 << 20 ? null : (NameAt(index), address - _addresses[index]);
    }

    /// <summary>The address of a function; 0 if there is none of that name.</summary>
    public ulong AddressOf(string name)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        for (int i = 0; i < _names.Length; i++)
        {
            if (_text.AsSpan(_names[i]).StartsWith(wanted) && _text[_names[i] + wanted.Length] is (byte)'\n' or (byte)'\t') return _addresses[i];
        }

        return 0;
    }

    private static FunctionAddresses Read()
    {
        try
        {
            return Parse(File.ReadAllBytes("/proc/kallsyms"));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return new FunctionAddresses([], [], []);
        }
    }

    // ADDRESS TYPE NAME [TAB MODULE]
    private static FunctionAddresses Parse(byte[] text)
    {
        List<ulong> addresses = new(text.Length / 44);
        List<int> names = new(text.Length / 44);
        for (int at = 0; at < text.Length;)
        {
            ReadOnlySpan<byte> line = text.AsSpan(at);
            int end = line.IndexOf((byte)'\n');
            if (end < 0) break;
            line = line[..end];
            if (Utf8Parser.TryParse(line, out ulong address, out int digits, 'x') && address != 0 && line.Length > digits + 3 && line[digits + 1] is (byte)'t' or (byte)'T' or (byte)'w' or (byte)'W')
            {
                addresses.Add(address);
                names.Add(at + digits + 3);
            }

            at += end + 1;
        }

        ulong[] keys = [.. addresses];
        int[] values = [.. names];
        Array.Sort(keys, values);
        return new FunctionAddresses(text, keys, values);
    }

    private string NameAt(int index)
    {
        ReadOnlySpan<byte> rest = _text.AsSpan(_names[index]);
        int end = rest.IndexOfAny((byte)'\n', (byte)'\t');
        string name = Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
        if (end < 0 || rest[end] == '\n') return name;
        rest = rest[(end + 1)..];
        end = rest.IndexOf((byte)'\n');
        return $"{name} {Encoding.UTF8.GetString(end < 0 ? rest : rest[..end])}"; // with its [module]
    }
}
