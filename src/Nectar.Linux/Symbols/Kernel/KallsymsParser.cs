// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;

namespace Nectar.Linux.Symbols.Kernel;

/// <summary>Reads lines <c>ffffffff81000000 T name\t[module]</c> into flat arrays. What is no such line is left out.</summary>
internal sealed class KallsymsParser
{
    /// <summary>The kernel's names have at most 512 bytes; a text cannot make us hold more than this many symbols.</summary>
    private const int MaxName = 1024, MaxSymbols = 1 << 24, MaxModules = ushort.MaxValue;

    private readonly Dictionary<string, ushort> _moduleNumbers = [];
    private readonly List<string?> _moduleNames = [null];
    private byte[] _lastModule = [];
    private ushort _lastNumber;

    internal ulong[] Addresses { get; private set; } = new ulong[1 << 17];

    internal uint[] Names { get; private set; } = new uint[1 << 17];

    internal ushort[] Lengths { get; private set; } = new ushort[1 << 17];

    internal ushort[] Modules { get; private set; } = new ushort[1 << 17];

    internal byte[] Types { get; private set; } = new byte[1 << 17];

    internal byte[] Text { get; private set; } = new byte[1 << 21];

    internal int TextLength { get; private set; }

    internal int Count { get; private set; }

    internal IReadOnlyList<string?> ModuleNames => _moduleNames;

    /// <summary>Reads to the end of a stream.</summary>
    internal static KallsymsParser Read(Stream stream)
    {
        KallsymsParser parser = new();
        byte[] buffer = new byte[1 << 16];
        int kept = 0;
        while (true)
        {
            int count = stream.Read(buffer, kept, buffer.Length - kept);
            ReadOnlySpan<byte> text = buffer.AsSpan(0, kept + count);
            int end = count == 0 ? text.Length : text.LastIndexOf((byte)'\n') + 1;
            parser.Parse(text[..end]);
            if (count == 0) return parser;
            // a line longer than the buffer is none: it is dropped
            kept = end == 0 && text.Length == buffer.Length ? 0 : text.Length - end;
            text[(text.Length - kept)..].CopyTo(buffer);
        }
    }

    private void Parse(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            ParseLine(line);
        }
    }

    private void ParseLine(ReadOnlySpan<byte> line)
    {
        ulong address = 0;
        int at = 0;
        for (; at < line.Length && at < 17; at++)
        {
            int digit = HexDigit(line[at]);
            if (digit < 0) break;
            address = (address << 4) | (uint)digit;
        }

        if (at is 0 or > 16 || line.Length < at + 4 || line[at] != ' ' || line[at + 2] != ' ' || Count == MaxSymbols) return;
        byte type = line[at + 1];
        ReadOnlySpan<byte> name = line[(at + 3)..];
        ushort module = 0;
        int tab = name.IndexOf((byte)'\t');
        if (tab >= 0)
        {
            module = ModuleNumber(name[(tab + 1)..].Trim("[]"u8));
            name = name[..tab];
        }

        if (name.Length is 0 or > MaxName) return;
        if (Count == Addresses.Length) Grow();
        if (TextLength + name.Length > Text.Length)
        {
            byte[] larger = new byte[Text.Length * 2];
            Text.AsSpan(0, TextLength).CopyTo(larger);
            Text = larger;
        }

        name.CopyTo(Text.AsSpan(TextLength));
        Addresses[Count] = address;
        Names[Count] = (uint)TextLength;
        Lengths[Count] = (ushort)name.Length;
        Modules[Count] = module;
        Types[Count++] = type;
        TextLength += name.Length;
    }

    private static int HexDigit(byte c) => c switch
    {
        >= (byte)'0' and <= (byte)'9' => c - '0',
        >= (byte)'a' and <= (byte)'f' => c - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => c - 'A' + 10,
        _ => -1,
    };

    private void Grow()
    {
        int size = Addresses.Length * 2;
        Addresses = Larger(Addresses, size);
        Names = Larger(Names, size);
        Lengths = Larger(Lengths, size);
        Modules = Larger(Modules, size);
        Types = Larger(Types, size);
    }

    private static T[] Larger<T>(T[] values, int size)
    {
        Array.Resize(ref values, size);
        return values;
    }

    private ushort ModuleNumber(ReadOnlySpan<byte> name)
    {
        if (_lastNumber > 0 && name.SequenceEqual(_lastModule)) return _lastNumber; // modules come one after the other
        string text = Encoding.UTF8.GetString(name.Length > MaxName ? name[..MaxName] : name);
        if (!_moduleNumbers.TryGetValue(text, out ushort number))
        {
            if (_moduleNames.Count == MaxModules) return 0;
            number = (ushort)_moduleNames.Count;
            _moduleNumbers.Add(text, number);
            _moduleNames.Add(text);
        }

        _lastModule = name.ToArray();
        return _lastNumber = number;
    }
}
