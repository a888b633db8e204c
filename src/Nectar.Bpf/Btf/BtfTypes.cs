// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Bpf.Btf;

/// <summary>
/// A set of BTF types, or a split set on top of a base. The bytes stay as they are; beside them there is only one offset for
/// each type, so that the types of a kernel cost little more than their file. Immutable and safe from any thread.
/// </summary>
public sealed unsafe class BtfTypes
{
    /// <summary>Chains of typedefs and modifiers, and arrays of arrays, longer than this are no real types.</summary>
    internal const int MaxDepth = 64;

    /// <summary>Types looked at for one alignment: structs that contain two of the next make a tree without end from a short file.</summary>
    private const int MaxAlignSteps = 100_000;

    /// <summary>A set is asked for so many names before an index of all names pays.</summary>
    private const int LookupsBeforeIndex = 6;

    private readonly byte[]? _bytes; // null where the types lie in memory that lasts as long as the process
    private readonly byte* _memory;
    private readonly int _typeStart;
    private readonly int[] _offsets;
    private readonly int _stringStart;
    private readonly int _stringLength;
    private readonly uint _baseStringLength;
    private BtfNameIndex? _index;
    private int _lookups;

    internal BtfTypes(byte* memory, int typeStart, int[] offsets, int stringStart, int stringLength, BtfTypes? baseTypes)
        : this((byte[])null!, typeStart, offsets, stringStart, stringLength, baseTypes) => _memory = memory;

    internal BtfTypes(byte[] bytes, int typeStart, int[] offsets, int stringStart, int stringLength, BtfTypes? baseTypes)
    {
        _bytes = bytes;
        _typeStart = typeStart;
        _offsets = offsets;
        _stringStart = stringStart;
        _stringLength = stringLength;
        Base = baseTypes;
        FirstId = baseTypes is null ? 0 : (uint)baseTypes.Count;
        _baseStringLength = baseTypes?.StringSize ?? 0;
    }

    /// <summary>The set that this one is split from; null if it stands alone.</summary>
    public BtfTypes? Base { get; }

    /// <summary>The number of the first type that is not in <see cref="Base"/>; 0 (void) without a base.</summary>
    public uint FirstId { get; }

    /// <summary>One more than the largest type number, the base included.</summary>
    public int Count => (int)FirstId + _offsets.Length;

    /// <summary>Bytes of all strings, the base's included.</summary>
    internal uint StringSize => _baseStringLength + (uint)_stringLength;

    /// <summary>A type by number; 0 is <c>void</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type.</exception>
    public BtfType this[uint id]
    {
        get
        {
            if (id < FirstId) return Base![id];
            if (id >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(id), $"there is no type {id}: the set has {Count}");
            return new BtfType(this, id, _offsets[id - FirstId]);
        }
    }

    /// <summary>Reads BTF of either byte order.</summary>
    /// <param name="data">The contents of a <c>.BTF</c> section or of a file under /sys/kernel/btf; kept, not copied, where it is an array.</param>
    /// <param name="baseTypes">The set that a module's types are split from; null for a set of its own.</param>
    /// <exception cref="ObjectFormatException">The data is malformed (NEC1101 to NEC1106).</exception>
    public static BtfTypes Parse(ReadOnlyMemory<byte> data, BtfTypes? baseTypes = null)
    {
        DiagnosticBag diagnostics = new();
        return TryParse(data, baseTypes, diagnostics, out BtfTypes? types) ? types : throw new ObjectFormatException(diagnostics.ToImmutable());
    }

    /// <summary>Reads BTF of either byte order without throwing.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> data, BtfTypes? baseTypes, DiagnosticBag diagnostics, [NotNullWhen(true)] out BtfTypes? types) =>
        BtfReader.TryRead(data, baseTypes, diagnostics, out types);

    /// <summary>Reads BTF that lies in memory which is never given back, such as a mapped file of the kernel: nothing is copied.</summary>
    internal static bool TryParse(byte* memory, int length, BtfTypes? baseTypes, DiagnosticBag diagnostics, [NotNullWhen(true)] out BtfTypes? types) =>
        BtfReader.TryRead(memory, length, baseTypes, diagnostics, out types);

    /// <summary>Follows typedefs and modifiers to the type behind them.</summary>
    /// <returns>The number of the type; 0 also for chains that never end.</returns>
    public uint Resolve(uint id)
    {
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            BtfType type = this[id];
            if (type.Kind != BtfKind.Typedef && !type.IsModifier) return id;
            id = type.TypeId;
        }

        return 0;
    }

    /// <summary>Follows modifiers only.</summary>
    public uint SkipModifiers(uint id)
    {
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            BtfType type = this[id];
            if (!type.IsModifier) return id;
            id = type.TypeId;
        }

        return 0;
    }

    /// <summary>The size of a value of a type in bytes; -1 if it has none (void, functions, forward declarations) or it is impossible.</summary>
    /// <param name="id">The type.</param>
    /// <param name="pointerSize">Bytes of a pointer: 8 for BPF and 64-bit kernels.</param>
    public long SizeOf(uint id, int pointerSize = 8)
    {
        long elements = 1;
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            BtfType type = this[id];
            switch (type.Kind)
            {
                case BtfKind.Int or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Float or BtfKind.DataSection:
                    return Multiply(elements, type.Size);
                case BtfKind.Pointer:
                    return Multiply(elements, pointerSize);
                case BtfKind.Array:
                    elements = Multiply(elements, type.ElementCount);
                    if (elements < 0) return -1;
                    id = type.ElementTypeId;
                    break;
                case BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag or BtfKind.Var or BtfKind.DeclTag:
                    id = type.TypeId;
                    break;
                default:
                    return -1;
            }
        }

        return -1;

        static long Multiply(long left, long right) => Math.BigMul((ulong)left, (ulong)right, out ulong low) == 0 && low <= long.MaxValue ? (long)low : -1;
    }

    /// <summary>The alignment of a type in bytes as C lays it out without attributes; 1 where it has none.</summary>
    public int AlignOf(uint id, int pointerSize = 8)
    {
        int budget = MaxAlignSteps;
        return AlignOf(id, pointerSize, 0, ref budget);
    }

    /// <summary>Finds a type of one kind by name; 0 if there is none. Types of this set come before those of its base.</summary>
    public uint FindByName(string name, BtfKind kind)
    {
        Span<byte> utf8 = stackalloc byte[512];
        if (!Encoding.UTF8.TryGetBytes(name, utf8, out int length)) return 0;
        return FindByName(utf8[..length], kind);
    }

    /// <summary>Finds a type of one kind by name.</summary>
    public uint FindByName(ReadOnlySpan<byte> name, BtfKind kind)
    {
        if (_index is null && _offsets.Length > 64 && Interlocked.Increment(ref _lookups) <= LookupsBeforeIndex) return FindByWalk(name, kind) is var walked and not 0 ? walked : Base?.FindByName(name, kind) ?? 0;
        foreach (uint id in Index.Candidates(name))
        {
            BtfType type = this[id];
            if (type.Kind == kind && type.NameUtf8.SequenceEqual(name)) return id;
        }

        return Base?.FindByName(name, kind) ?? 0;
    }

    /// <summary>The types of this set by the hash of their name; made when first asked for.</summary>
    internal BtfNameIndex Index => _index ?? Interlocked.CompareExchange(ref _index, new BtfNameIndex(this), null) ?? _index;

    /// <summary>The type section of this set, without the base's.</summary>
    internal ReadOnlySpan<byte> TypeBytes => MemoryMarshal.CreateReadOnlySpan(ref At(_typeStart), _stringStart - _typeStart);

    /// <summary>The string section of this set, without the base's.</summary>
    internal ReadOnlySpan<byte> StringBytes => MemoryMarshal.CreateReadOnlySpan(ref At(_stringStart), _stringLength);

    /// <summary>Where the records of this set's own types begin, by number from <see cref="FirstId"/>.</summary>
    internal ReadOnlySpan<int> RecordOffsets => _offsets;

    /// <summary>The same set with some words changed, by their offset as <see cref="BtfType"/> knows it; this set stays as it is.</summary>
    internal BtfTypes WithWords(IEnumerable<(int Offset, uint Value)> words)
    {
        byte[] bytes = MemoryMarshal.CreateReadOnlySpan(ref At(0), _stringStart + _stringLength).ToArray();
        foreach ((int offset, uint value) in words) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value);
        return new BtfTypes(bytes, _typeStart, _offsets, _stringStart, _stringLength, Base);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal uint Word(int offset) => Unsafe.ReadUnaligned<uint>(ref At(offset));

    /// <summary>The first two bytes of a name, its zero included: the first in the lower byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int FirstCharacters(uint offset)
    {
        offset -= _baseStringLength;
        if (offset + 1 < (uint)_stringLength) return Unsafe.ReadUnaligned<ushort>(ref At(_stringStart + (int)offset));
        ReadOnlySpan<byte> name = StringAt(offset + _baseStringLength); // of the base, or the very last byte
        return name.Length == 0 ? 0 : name.Length == 1 ? name[0] : name[0] | (name[1] << 8);
    }

    // All offsets were checked when the set was read.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref byte At(int offset) => ref _bytes is { } array ? ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(array), offset) : ref Unsafe.AsRef<byte>(_memory + offset);

    private uint FindByWalk(ReadOnlySpan<byte> name, BtfKind kind)
    {
        if (name.IsEmpty) return 0;
        int start = name.Length == 1 ? name[0] : name[0] | (name[1] << 8);
        for (int i = FirstId == 0 ? 1 : 0; i < _offsets.Length; i++)
        {
            uint nameOffset = Word(_offsets[i]);
            if (nameOffset == 0 || ((Word(_offsets[i] + 4) >> 24) & 127) != (uint)kind || FirstCharacters(nameOffset) != start) continue;
            if (StringAt(nameOffset).SequenceEqual(name)) return FirstId + (uint)i;
        }

        return 0;
    }

    /// <summary>The string at an offset, without its zero; empty if the offset is outside.</summary>
    internal ReadOnlySpan<byte> StringAt(uint offset)
    {
        if (offset < _baseStringLength) return Base!.StringAt(offset);
        offset -= _baseStringLength;
        if (offset >= (uint)_stringLength) return default;
        ReadOnlySpan<byte> rest = MemoryMarshal.CreateReadOnlySpan(ref At(_stringStart + (int)offset), _stringLength - (int)offset);
        int end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    internal string StringText(uint offset) => Encoding.UTF8.GetString(StringAt(offset));

    private int AlignOf(uint id, int pointerSize, int depth, ref int budget)
    {
        if (depth > MaxDepth || --budget < 0) return 1;
        BtfType type = this[id];
        switch (type.Kind)
        {
            case BtfKind.Int or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Float:
                return (int)Math.Clamp(type.Size, 1, (uint)pointerSize);
            case BtfKind.Pointer:
                return pointerSize;
            case BtfKind.Array:
                return AlignOf(type.ElementTypeId, pointerSize, depth + 1, ref budget);
            case BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag or BtfKind.Var:
                return AlignOf(type.TypeId, pointerSize, depth + 1, ref budget);
            case BtfKind.Struct or BtfKind.Union:
                int most = 1;
                for (int i = 0; i < type.Count && most < pointerSize && budget >= 0; i++)
                {
                    int align = AlignOf(type.MemberRaw(i).TypeId, pointerSize, depth + 1, ref budget);
                    if (type.MemberRaw(i).BitFieldSize == 0 && type.MemberRaw(i).BitOffset % (8 * (uint)align) != 0) return 1; // packed
                    most = Math.Max(most, align);
                }

                return type.Size % most == 0 ? most : 1;
            default:
                return 1;
        }
    }
}
