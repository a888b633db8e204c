// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;

namespace Nectar.Linux.Loading;

/// <summary>
/// Rewrites an object's types into what the kernel accepts, type by type at the same number: sections in the order of their offsets,
/// externs as variables, what the kernel does not know yet as something of the same size. New strings and types go to the end.
/// </summary>
internal sealed class ObjectTypesWriter
{
    private const uint GlobalAllocated = 1;

    private readonly BtfTypes? _types;
    private readonly List<uint> _words = [];
    private readonly List<byte> _strings = [0];
    private readonly Dictionary<string, uint> _added = new(StringComparer.Ordinal);
    private readonly int _firstRecord;
    private uint _next = 1;
    private uint _int, _dummy, _plain;

    internal ObjectTypesWriter(BpfObject source)
    {
        _types = source.Types;
        if (_types is null) return;
        _words.AddRange(MemoryMarshal.Cast<byte, uint>(_types.TypeBytes));
        _strings = [.. _types.StringBytes];
        _next = (uint)_types.Count;
        _firstRecord = _types.Count > 1 ? _types[1].RecordOffset : 0;
        for (uint id = 1; id < _types.Count; id++)
        {
            BtfType type = _types[id];
            if (type.Kind == BtfKind.DataSection) RewriteSection(source, type);
        }

        foreach (FunctionDefinition function in source.Functions)
        {
            // Hidden functions are global in the types, but private to the object: the verifier may then use what callers know of their arguments.
            if (function.Linkage == FunctionLinkage.Static && function.TypeId != 0) Set(_types[function.TypeId], 1, (uint)BtfKind.Func << 24);
        }
    }

    /// <summary>True if there is anything to load.</summary>
    internal bool HasTypes => _next > 1;

    /// <summary>The words of the type section, for rewriting what an old kernel does not know.</summary>
    internal Span<uint> Words => CollectionsMarshal.AsSpan(_words);

    /// <summary>The bytes of the string section.</summary>
    internal Span<byte> Strings => CollectionsMarshal.AsSpan(_strings);

    /// <summary>The offset of a string, added if it is new to this writer.</summary>
    internal uint String(string text)
    {
        if (text.Length == 0) return 0;
        if (_added.TryGetValue(text, out uint offset)) return offset;
        offset = (uint)_strings.Count;
        _added.Add(text, offset);
        _strings.AddRange(Encoding.UTF8.GetBytes(text));
        _strings.Add(0);
        return offset;
    }

    /// <summary>A type for a function that came without one: static, with nothing said about its arguments.</summary>
    internal uint AddFunction(string name)
    {
        if (_plain == 0) _plain = Add(BtfKind.FuncProto, "", 0, Int());
        return Add(BtfKind.Func, name, 0, _plain);
    }

    /// <summary>An integer of 64 bits.</summary>
    internal uint AddLong() => Add(BtfKind.Int, "long long", 0, 8, (1u << 24) | 64);

    internal byte[] ToBytes()
    {
        int types = _words.Count * 4;
        byte[] bytes = new byte[24 + types + _strings.Count];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 0xeb9f | (1u << 16));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), 24);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), types);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), types);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), _strings.Count);
        MemoryMarshal.AsBytes(Words).CopyTo(bytes.AsSpan(24));
        Strings.CopyTo(bytes.AsSpan(24 + types));
        return bytes;
    }

    private void RewriteSection(BpfObject source, BtfType section)
    {
        (uint Type, uint Offset, uint Size)[] items = new (uint, uint, uint)[section.Count];
        for (int i = 0; i < items.Length; i++)
        {
            BtfSectionVariable variable = section.Variable(i);
            items[i] = (variable.TypeId, variable.Offset, variable.Size);
        }

        uint size = section.Size;
        switch (section.Name)
        {
            case ".ksyms":
                for (int i = 0; i < items.Length; i++) items[i] = (RewriteSymbol(items[i].Type), (uint)i * 4, 4);
                size = (uint)items.Length * 4;
                break;
            case ".kconfig":
                size = 0;
                for (int i = 0; i < items.Length; i++)
                {
                    BtfType variable = _types![items[i].Type];
                    if (variable.Kind == BtfKind.Var) Set(variable, 3, GlobalAllocated);
                    if (!source.Externs.TryGet(variable.Name, out ExternDefinition? value)) continue;
                    items[i] = (items[i].Type, (uint)value.Offset, (uint)value.Size);
                    size = Math.Max(size, (uint)(value.Offset + value.Size));
                }

                // what is declared but never used has no place: behind the others
                for (int i = 0; i < items.Length; i++)
                {
                    if (source.Externs.TryGet(_types![items[i].Type].Name, out _)) continue;
                    uint own = (uint)Math.Max(1, _types.SizeOf(items[i].Type));
                    items[i] = (items[i].Type, size, own);
                    size += own;
                }

                break;
        }

        Array.Sort(items, (a, b) => a.Offset.CompareTo(b.Offset)); // the kernel wants them so; compilers write them by name
        Set(section, 2, size);
        for (int i = 0; i < items.Length; i++)
        {
            Set(section, 3 + (i * 3), items[i].Type);
            Set(section, 4 + (i * 3), items[i].Offset);
            Set(section, 5 + (i * 3), items[i].Size);
        }
    }

    /// <summary>The kernel knows no externs: variables become integers, functions get a stand-in in the section and stay as prototypes.</summary>
    private uint RewriteSymbol(uint id)
    {
        BtfType type = _types![id];
        if (type.Kind == BtfKind.Var)
        {
            uint integer = Int();
            Set(type, 2, integer);
            Set(type, 3, GlobalAllocated);
            return id;
        }

        if (type.Kind != BtfKind.Func) return id;
        Set(type, 1, ((uint)BtfKind.Func << 24) | (uint)FunctionLinkage.Global);
        BtfType prototype = _types[type.TypeId];
        for (int i = 0; i < prototype.Count; i++)
        {
            // arguments of functions that are not extern need names
            if (prototype.Extra(i * 2) == 0 && prototype.Extra((i * 2) + 1) != 0) Set(prototype, 3 + (i * 2), String("arg"));
        }

        return _dummy != 0 ? _dummy : _dummy = Add(BtfKind.Var, "dummy_ksym", 0, Int(), GlobalAllocated);
    }

    private void Set(BtfType type, int word, uint value) => Words[((type.RecordOffset - _firstRecord) / 4) + word] = value;

    private uint Int() => _int != 0 ? _int : _int = Add(BtfKind.Int, "int", 0, 4, (1u << 24) | 32);

    private uint Add(BtfKind kind, string name, int count, uint sizeOrType, params ReadOnlySpan<uint> extra)
    {
        _words.AddRange([String(name), ((uint)kind << 24) | (uint)count, sizeOrType]);
        _words.AddRange(extra);
        return _next++;
    }
}
