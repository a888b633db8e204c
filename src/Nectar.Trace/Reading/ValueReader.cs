// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Printing;
using Nectar.Trace.Values;

namespace Nectar.Trace.Reading;

/// <summary>Reads values out of the bytes that programs wrote, as <see cref="TypeKind"/> says that they lie.</summary>
/// <param name="resolver">Names of what only the system knows.</param>
internal sealed class ValueReader(ValueResolver resolver)
{
    public ValueResolver Resolver => resolver;

    /// <summary>One value.</summary>
    /// <param name="divisor">What numbers are divided by.</param>
    public TraceValue Read(TraceType type, ReadOnlySpan<byte> bytes, uint divisor = 1)
    {
        if (bytes.Length < type.Size && type.Kind != TypeKind.String) return NullValue.Instance; // texts are sent without what is behind them
        switch (type.Kind)
        {
            case TypeKind.Integer: return ReadInteger(type, Integers.Load(type, bytes), divisor);
            case TypeKind.Boolean: return new BooleanValue(bytes[0] != 0);
            case TypeKind.Pointer: return new NamedNumber(Hex(U64(bytes)), U64(bytes));
            case TypeKind.String: return ReadString(type, bytes);
            case TypeKind.Buffer: return new BytesValue(Content(type, bytes).ToArray());
            case TypeKind.Array: return ReadArray(type, bytes, divisor);
            case TypeKind.Tuple: return ReadTuple(type, bytes, divisor);
            case TypeKind.Struct: return ReadStruct(type.Struct!, bytes, divisor);
            case TypeKind.KernelStack or TypeKind.UserStack: return resolver.Stack(type, bytes);
            case >= TypeKind.Count: return AggregateReader.Read(type, bytes, 1, TraceType.Align(type.Size, 8), divisor);
            default:
                Utf8Buffer text = new(32);
                WriteNamed(text, type, bytes);
                return type.Kind is TypeKind.None or TypeKind.Void ? NullValue.Instance : new TextValue(text.Written.ToArray());
        }
    }

    /// <summary>Writes the kinds that are names of something: what has an address, a number, a time.</summary>
    public void WriteNamed(Utf8Buffer to, TraceType type, ReadOnlySpan<byte> bytes)
    {
        switch (type.Kind)
        {
            case TypeKind.KernelSymbol: to.Append(resolver.KernelSymbol(U64(bytes))); break;
            case TypeKind.UserSymbol: to.Append(resolver.UserSymbol(U64(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]))); break;
            case TypeKind.InternetAddress: Addresses.WriteInternet(to, (int)U64(bytes), bytes.Slice(8, 16)); break;
            case TypeKind.MacAddress: Addresses.WriteMac(to, bytes[..6]); break;
            case TypeKind.Username: to.Append(resolver.UserName(U64(bytes))); break;
            case TypeKind.CgroupPath: to.Append(resolver.CgroupPath(resolver.StringAt(U64(bytes)), U64(bytes[8..]))); break;
            case TypeKind.ErrorName: to.Append(SystemNames.Error(unchecked((int)U64(bytes)))); break;
            case TypeKind.SyscallName: to.Append(SystemNames.Syscall(unchecked((int)U64(bytes)))); break;
            case TypeKind.SignalName: to.Append(SystemNames.Signal(unchecked((int)U64(bytes)))); break;
            case TypeKind.Timestamp: WriteTime(to, U64(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]), BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..])); break;
        }
    }

    /// <summary>The text of a string, up to its zero.</summary>
    public static ReadOnlySpan<byte> Text(TraceType type, ReadOnlySpan<byte> bytes, out bool isCut)
    {
        bytes = bytes[..Math.Min(type.Size, bytes.Length)];
        int end = bytes.IndexOf((byte)0);
        isCut = end < 0 && bytes.Length == type.Size;
        return end < 0 ? bytes : bytes[..end];
    }

    /// <summary>The bytes of a buffer that count.</summary>
    public static ReadOnlySpan<byte> Content(TraceType type, ReadOnlySpan<byte> bytes) =>
        bytes.Slice(4, (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(bytes), (uint)(type.Size - 4)));

    /// <summary>An enumerator's name; the number where there is none.</summary>
    public static string EnumName(EnumType of, int size, long bits)
    {
        if (of.Names.TryGetValue(bits, out string? name) || of.Names.TryGetValue(Integers.SignExtend(bits, size), out name)) return name;
        return ((ulong)bits).ToString(CultureInfo.InvariantCulture);
    }

    private static IntegerValue Divide(long bits, bool isSigned, uint divisor) =>
        new(divisor <= 1 ? bits : isSigned ? bits / divisor : (long)((ulong)bits / divisor), isSigned);

    private static TraceValue ReadInteger(TraceType type, long bits, uint divisor)
    {
        if (type.Enum is not { } of) return Divide(bits, type.IsSigned, divisor);
        long plain = Integers.ZeroExtend(bits, type.Size);
        return new NamedNumber(EnumName(of, type.Size, plain), (ulong)plain);
    }

    private static string Hex(ulong address) => string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");

    private static ulong U64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private void WriteTime(Utf8Buffer to, ulong time, uint format, uint clock)
    {
        ulong wall = resolver.WallTime(time, clock);
        if (wall < 1_000_000_000)
        {
            to.Append("(?)"u8);
            return;
        }

        TimeText.Write(to, wall, TimeText.Expand(resolver.StringAt(format), wall));
    }

    private TextValue ReadString(TraceType type, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> text = Text(type, bytes, out bool isCut);
        return new TextValue(isCut ? [.. text, .. ScriptText.Encode(resolver.Config.StringTruncationTrailer)] : text.ToArray());
    }

    private ListValue ReadArray(TraceType type, ReadOnlySpan<byte> bytes, uint divisor)
    {
        TraceType element = type.Element!;
        ImmutableArray<TraceValue>.Builder items = ImmutableArray.CreateBuilder<TraceValue>(type.Count);
        for (int i = 0; i < type.Count; i++) items.Add(Read(element, bytes.Slice(i * element.Size, element.Size), divisor));
        return new ListValue(items.MoveToImmutable(), isTuple: false);
    }

    private TraceValue ReadTuple(TraceType type, ReadOnlySpan<byte> bytes, uint divisor)
    {
        bool hasNames = type.Fields.Count != 0 && type.Fields[0].Name.Length != 0;
        if (hasNames)
        {
            ImmutableArray<KeyValuePair<string, TraceValue>>.Builder fields = ImmutableArray.CreateBuilder<KeyValuePair<string, TraceValue>>(type.Fields.Count);
            foreach (TupleField field in type.Fields) fields.Add(new(field.Name, Read(field.Type, bytes.Slice(field.Offset, field.Type.Size), divisor)));
            return new StructValue(fields.MoveToImmutable());
        }

        ImmutableArray<TraceValue>.Builder items = ImmutableArray.CreateBuilder<TraceValue>(type.Fields.Count);
        foreach (TupleField field in type.Fields) items.Add(Read(field.Type, bytes.Slice(field.Offset, field.Type.Size), divisor));
        return new ListValue(items.MoveToImmutable(), isTuple: true);
    }

    private StructValue ReadStruct(StructType type, ReadOnlySpan<byte> bytes, uint divisor)
    {
        ImmutableArray<KeyValuePair<string, TraceValue>>.Builder fields = ImmutableArray.CreateBuilder<KeyValuePair<string, TraceValue>>(type.Fields.Count);
        foreach (StructField field in type.Fields) fields.Add(new(field.Name, ReadField(field, type.IsDeclared, bytes, divisor)));
        return new StructValue(fields.MoveToImmutable());
    }

    private TraceValue ReadField(StructField field, bool isDeclared, ReadOnlySpan<byte> bytes, uint divisor)
    {
        if (field.Bits is { } bits)
        {
            if (bits.ByteOffset + bits.Bytes > bytes.Length) return NullValue.Instance;
            long value = Integers.Load(TraceType.Integer(bits.Bytes, isSigned: false), bytes[bits.ByteOffset..]) >>> bits.Shift;
            int unused = 64 - bits.Bits;
            value = field.Type.IsSigned ? value << unused >> unused : value << unused >>> unused;
            return field.Type.Kind == TypeKind.Boolean ? new BooleanValue(value != 0) : ReadInteger(field.Type, value, divisor);
        }

        if (field.IsDataLocation) return field.Offset + 4 > bytes.Length ? NullValue.Instance : Read(TraceType.UInt32, bytes[field.Offset..]);
        if (field.Offset + field.Type.Size > bytes.Length) return NullValue.Instance;
        TraceType type = isDeclared && field.Type.Kind == TypeKind.String ? TraceType.String(field.Type.Size + 1) : field.Type;
        return Read(type, bytes.Slice(field.Offset, field.Type.Size), divisor);
    }
}
