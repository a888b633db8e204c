// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Nectar.Bpf.Btf;

/// <summary>
/// The bytes of a set of types with every number as it was, in which records can be changed and behind which others can be added.
/// (<see cref="BtfBuilder"/> makes sets anew, with numbers and strings of its own.)
/// </summary>
internal sealed class BtfEditor
{
    private readonly BtfTypes? _types;
    private readonly List<uint> _words = [];
    private readonly List<byte> _strings = [0];
    private readonly Dictionary<string, uint> _known = new(StringComparer.Ordinal) { [""] = 0 };
    private readonly int _firstRecord;
    private uint _next = 1;
    private uint _int, _plain;

    /// <summary>Starts from a set, or from nothing.</summary>
    /// <param name="types">A set without a base.</param>
    /// <param name="reuseStrings">Find strings that are there already: smaller, but it takes a look at all of them.</param>
    internal BtfEditor(BtfTypes? types, bool reuseStrings)
    {
        _types = types;
        if (types is null) return;
        _words.AddRange(MemoryMarshal.Cast<byte, uint>(types.TypeBytes));
        _strings = [.. types.StringBytes];
        _next = (uint)types.Count;
        _firstRecord = types.Count > 1 ? types[1].RecordOffset : 0;
        if (!reuseStrings) return;
        for (int at = 0; at < _strings.Count;)
        {
            ReadOnlySpan<byte> rest = CollectionsMarshal.AsSpan(_strings)[at..];
            int length = rest.IndexOf((byte)0);
            if (length < 0) break;
            _known.TryAdd(Encoding.UTF8.GetString(rest[..length]), (uint)at);
            at += length + 1;
        }
    }

    /// <summary>True if there are any types.</summary>
    internal bool HasTypes => _next > 1;

    /// <summary>The words of all records; not valid after something is added.</summary>
    internal Span<uint> Words => CollectionsMarshal.AsSpan(_words);

    /// <summary>The bytes of all strings; not valid after something is added.</summary>
    internal Span<byte> Strings => CollectionsMarshal.AsSpan(_strings);

    /// <summary>The offset of a string, added if it is new.</summary>
    internal uint String(string text)
    {
        if (_known.TryGetValue(text, out uint offset)) return offset;
        offset = (uint)_strings.Count;
        _known.Add(text, offset);
        _strings.AddRange(Encoding.UTF8.GetBytes(text));
        _strings.Add(0);
        return offset;
    }

    /// <summary>Changes a word of a type of the original set: 0 is its name, 1 its kind and count, 2 its size or type, others follow.</summary>
    internal void Set(BtfType type, int word, uint value) => Record(type)[word] = value;

    /// <summary>The words of a type of the original set, and what lies behind them; not valid after something is added.</summary>
    internal Span<uint> Record(BtfType type) => Words[((type.RecordOffset - _firstRecord) / 4)..];

    /// <summary>Adds a type behind the others; gives its number.</summary>
    internal uint Add(BtfKind kind, string name, int count, uint sizeOrType, params ReadOnlySpan<uint> extra)
    {
        _words.AddRange([String(name), ((uint)kind << 24) | (uint)count, sizeOrType]);
        _words.AddRange(extra);
        return _next++;
    }

    /// <summary>A signed integer of 32 bits, added once.</summary>
    internal uint Int() => _int != 0 ? _int : _int = Add(BtfKind.Int, "int", 0, 4, (1u << 24) | 32);

    /// <summary>A type for a function that came without one: static, with nothing said about its arguments.</summary>
    internal uint AddFunction(string name) => Add(BtfKind.Func, name, 0, _plain != 0 ? _plain : _plain = Add(BtfKind.FuncProto, "", 0, Int()));

    /// <summary>The section's bytes.</summary>
    internal byte[] ToBytes(bool isBigEndian = false)
    {
        uint length = (uint)_words.Count * 4;
        ReadOnlySpan<uint> header = [0xeb9f | (1u << 16), 24, 0, length, length, (uint)_strings.Count];
        byte[] bytes = new byte[24 + length + _strings.Count];
        WriteWords(header, bytes, isBigEndian);
        if (isBigEndian) ((ReadOnlySpan<byte>)[0xeb, 0x9f, 1, 0]).CopyTo(bytes); // magic number, version and flags are not a word
        WriteWords(Words, bytes.AsSpan(24), isBigEndian);
        Strings.CopyTo(bytes.AsSpan(24 + (int)length));
        return bytes;
    }

    /// <summary>Writes words in either byte order.</summary>
    internal static void WriteWords(ReadOnlySpan<uint> words, Span<byte> bytes, bool isBigEndian)
    {
        if (isBigEndian != BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(words).CopyTo(bytes);
            return;
        }

        for (int i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes[(i * 4)..], BinaryPrimitives.ReverseEndianness(words[i]));
    }
}
