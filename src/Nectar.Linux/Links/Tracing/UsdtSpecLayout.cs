// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Btf;
using Nectar.Linux.Symbols.Usdt;

namespace Nectar.Linux.Links.Tracing;

/// <summary>
/// How <c>struct __bpf_usdt_spec</c> of a program lies in memory. Programs carry the reader of it (<c>usdt.bpf.h</c>) inside them, and
/// its members have moved between versions, so the program's own types decide; without types the size does.
/// </summary>
internal sealed record UsdtSpecLayout
{
    internal const int MaxArguments = 12;
    private const int OldSize = 208, OldArgumentSize = 16;
    private const byte Constant = 0, Register = 1, Memory = 2, Indexed = 3, Unreadable = 255;

    internal required int Size { get; init; }

    internal required int ArgumentSize { get; init; }

    internal required int ValueOffset { get; init; }

    internal required int TypeOffset { get; init; }

    internal required int RegisterOffset { get; init; }

    internal required int SignedOffset { get; init; }

    internal required int ShiftOffset { get; init; }

    internal required int CookieOffset { get; init; }

    internal required int CountOffset { get; init; }

    /// <summary>Bits from the start of an argument to the index register's offset; null in layouts that know no index.</summary>
    internal int? IndexBit { get; init; }

    /// <summary>Bits from the start of an argument to the index's scale.</summary>
    internal int ScaleBit { get; init; }

    /// <summary>The first layout, which all versions before the index register have.</summary>
    internal static UsdtSpecLayout Old { get; } = new()
    {
        Size = OldSize,
        ArgumentSize = OldArgumentSize,
        ValueOffset = 0,
        TypeOffset = 8,
        RegisterOffset = 12,
        SignedOffset = 14,
        ShiftOffset = 15,
        CookieOffset = 192,
        CountOffset = 200,
    };

    /// <summary>Reads the layout out of a program's types.</summary>
    /// <param name="types">The types that came with the map.</param>
    /// <param name="valueTypeId">The type of the map's values.</param>
    /// <param name="valueSize">The size of the map's values.</param>
    /// <returns>Null if it is no layout of such a spec.</returns>
    internal static UsdtSpecLayout? Find(BtfTypes? types, uint valueTypeId, uint valueSize)
    {
        if (types is null || valueTypeId == 0) return valueSize == OldSize ? Old : null;
        BtfType spec = types[types.Resolve(valueTypeId)];
        if (Member(spec, "args") is not { } arguments || Member(spec, "usdt_cookie") is not { } cookie || Member(spec, "arg_cnt") is not { } count) return null;
        BtfType array = types[types.Resolve(arguments.TypeId)];
        if (array.Kind != BtfKind.Array || array.ElementCount < MaxArguments) return null;
        BtfType one = types[types.Resolve(array.ElementTypeId)];
        if (Member(one, "val_off") is not { } value || Member(one, "arg_type") is not { } type || Member(one, "reg_off") is not { } register
            || Member(one, "arg_signed") is not { } signed || Member(one, "arg_bitshift") is not { } shift) return null;
        BtfMember? index = Member(one, "idx_reg_off"), scale = Member(one, "scale_bitshift");
        UsdtSpecLayout layout = new()
        {
            Size = (int)spec.Size,
            ArgumentSize = (int)one.Size,
            ValueOffset = (int)value.BitOffset / 8,
            TypeOffset = (int)type.BitOffset / 8,
            RegisterOffset = (int)register.BitOffset / 8,
            SignedOffset = (int)signed.BitOffset / 8,
            ShiftOffset = (int)shift.BitOffset / 8,
            CookieOffset = (int)cookie.BitOffset / 8,
            CountOffset = (int)count.BitOffset / 8,
            IndexBit = scale is null ? null : (int?)index?.BitOffset,
            ScaleBit = (int)(scale?.BitOffset ?? 0),
        };
        return layout.Fits(valueSize) ? layout : null;
    }

    /// <summary>Writes a spec.</summary>
    /// <param name="arguments">The probe's arguments; at most <see cref="MaxArguments"/>.</param>
    /// <param name="cookie">What the program gets from <c>bpf_usdt_cookie</c>.</param>
    /// <param name="unreadable">The numbers of the arguments that the program will not be able to read.</param>
    internal byte[] Write(ReadOnlySpan<UsdtArgument> arguments, ulong cookie, List<int> unreadable)
    {
        byte[] spec = new byte[Size];
        for (int i = 0; i < arguments.Length; i++)
        {
            Span<byte> place = spec.AsSpan(i * ArgumentSize, ArgumentSize);
            if (!TryWrite(arguments[i], place))
            {
                place.Clear();
                place[TypeOffset] = Unreadable; // the reader answers -EINVAL to a kind that it does not know
                unreadable.Add(i);
            }
        }

        BinaryPrimitives.WriteUInt64LittleEndian(spec.AsSpan(CookieOffset), cookie);
        BinaryPrimitives.WriteInt16LittleEndian(spec.AsSpan(CountOffset), (short)arguments.Length);
        return spec;
    }

    private bool TryWrite(UsdtArgument argument, Span<byte> place)
    {
        if (!argument.IsReadable || argument.Symbol is not null || argument.Size is not (1 or 2 or 4 or 8)) return false;
        byte kind = Constant;
        if (argument.Kind != UsdtArgumentKind.Constant)
        {
            if (argument.Base is not { ContextOffset: >= 0 } register) return false;
            kind = argument.Kind == UsdtArgumentKind.Register ? Register : argument.Index is null ? Memory : Indexed;
            // the upper half of a 16-bit register is a byte further on
            BinaryPrimitives.WriteInt16LittleEndian(place[RegisterOffset..], (short)(register.ContextOffset + (kind == Register ? register.Shift / 8 : 0)));
            if (kind == Indexed && !TryWriteIndex(argument, place)) return false;
        }

        BinaryPrimitives.WriteInt64LittleEndian(place[ValueOffset..], kind == Register ? 0 : argument.Offset);
        place[TypeOffset] = kind;
        place[SignedOffset] = argument.IsSigned ? (byte)1 : (byte)0;
        place[ShiftOffset] = (byte)(64 - (argument.Size * 8));
        return true;
    }

    private bool TryWriteIndex(UsdtArgument argument, Span<byte> place)
    {
        if (IndexBit is not { } bit || argument.Index is not { ContextOffset: >= 0 } index || index.Size != 8 || argument.IndexIsSigned32) return false;
        SetBits(place, bit, 12, (uint)index.ContextOffset);
        SetBits(place, ScaleBit, 4, (uint)int.Log2(argument.Scale));
        return true;
    }

    private static void SetBits(Span<byte> place, int bit, int width, uint value)
    {
        for (int i = 0; i < width; i++)
        {
            if ((value >> i & 1) != 0) place[(bit + i) / 8] |= (byte)(1 << ((bit + i) % 8));
        }
    }

    private bool Fits(uint valueSize) => Size == valueSize && ArgumentSize is >= OldArgumentSize and <= 256 && (long)MaxArguments * ArgumentSize <= Size
        && Math.Max(Math.Max(ValueOffset + 8, TypeOffset + 1), Math.Max(RegisterOffset + 2, Math.Max(SignedOffset, ShiftOffset) + 1)) <= ArgumentSize
        && CookieOffset + 8 <= Size && CountOffset + 2 <= Size && (IndexBit ?? 0) + 12 <= ArgumentSize * 8 && ScaleBit + 4 <= ArgumentSize * 8;

    private static BtfMember? Member(BtfType type, string name)
    {
        if (!type.IsComposite) return null;
        for (int i = 0; i < type.Count; i++)
        {
            BtfMember member = type.Member(i);
            if (member.Name == name) return member;
        }

        return null;
    }
}
