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
public sealed class BtfTypes
{
    /// <summary>Chains of typedefs and modifiers, and arrays of arrays, longer than this are no real types.</summary>
    internal const int MaxDepth = 64;

    /// <summary>Types looked at for one alignment: structs that contain two of the next make a tree without end from a short file.</summary>
    private const int MaxAlignSteps = 100_000;

    private readonly byte[] _bytes;
    private readonly int _typeStart;
    private readonly int[] _offsets;
    private readonly int _stringStart;
    private readonly int _stringLength;
    private readonly uint _baseStringLength;
    private BtfNameIndex? _index;
    private BtfEssentialIndex? _essentialIndex;

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
        foreach (uint id in Index.Candidates(name))
        {
            BtfType type = this[id];
            if (type.Kind == kind && type.NameUtf8.SequenceEqual(name)) return id;
        }

        return Base?.FindByName(name, kind) ?? 0;
    }

    /// <summary>The types of this set by the hash of their name; made when first asked for.</summary>
    internal BtfNameIndex Index => _index ?? Interlocked.CompareExchange(ref _index, new BtfNameIndex(this), null) ?? _index;

    /// <summary>The data types of this set by their name without flavour; made when first asked for.</summary>
    internal BtfEssentialIndex EssentialIndex => _essentialIndex ?? Interlocked.CompareExchange(ref _essentialIndex, new BtfEssentialIndex(this), null) ?? _essentialIndex;

    /// <summary>The type section of this set, without the base's.</summary>
    internal ReadOnlySpan<byte> TypeBytes => _bytes.AsSpan(_typeStart, _stringStart - _typeStart);

    /// <summary>The string section of this set, without the base's.</summary>
    internal ReadOnlySpan<byte> StringBytes => _bytes.AsSpan(_stringStart, _stringLength);

    /// <summary>The same set with some words changed, by their offset as <see cref="BtfType"/> knows it; this set stays as it is.</summary>
    internal BtfTypes WithWords(IEnumerable<(int Offset, uint Value)> words)
    {
        byte[] bytes = (byte[])_bytes.Clone();
        foreach ((int offset, uint value) in words) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value);
        return new BtfTypes(bytes, _typeStart, _offsets, _stringStart, _stringLength, Base);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal uint Word(int offset) => Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bytes), offset));

    /// <summary>The string at an offset, without its zero; empty if the offset is outside.</summary>
    internal ReadOnlySpan<byte> StringAt(uint offset)
    {
        if (offset < _baseStringLength) return Base!.StringAt(offset);
        offset -= _baseStringLength;
        if (offset >= (uint)_stringLength) return default;
        ReadOnlySpan<byte> rest = _bytes.AsSpan(_stringStart + (int)offset, _stringLength - (int)offset);
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
