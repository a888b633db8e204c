// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Collections.Immutable;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;
using Nectar.Trace.Reading;
using Nectar.Trace.Values;

namespace Nectar.Trace.Printing;

/// <summary>
/// A format and its arguments, made into steps once; each step appends to a buffer straight from a record's bytes. The steps of
/// numbers, strings, pointers and enumerators allocate nothing.
/// </summary>
internal sealed class PrintfFormat
{
    private readonly record struct Step(byte[] Before, FormatSpec Spec, StepKind Kind, RecordField Field, RecordField? Width, RecordField? Precision);

    private enum StepKind : byte
    {
        Signed, Unsigned, Hex, Octal, Character, Pointer, GfpFlags, Text, Enumerator, Boolean, Bytes, Named, Other,
    }

    private readonly Step[] _steps;
    private readonly byte[] _end;
    private readonly ValueReader _reader;
    private readonly byte[] _trailer;
    private readonly bool _isStrict;

    public PrintfFormat(string format, ImmutableArray<RecordField> arguments, ValueReader reader)
    {
        _reader = reader;
        _trailer = ScriptText.Encode(reader.Resolver.Config.StringTruncationTrailer);
        _isStrict = reader.Resolver.Config.IsStrict;
        List<FormatSpec> specs = FormatSpec.Parse(format, out List<string> fragments);
        int stars = specs.Sum(s => (s.HasWidthArgument ? 1 : 0) + (s.HasPrecisionArgument ? 1 : 0));
        bool takesStars = stars != 0 && arguments.Length == specs.Count + stars;
        int next = 0;
        RecordField Take() => next < arguments.Length ? arguments[next++] : new RecordField(TraceType.None, 0);
        _steps = new Step[specs.Count];
        for (int i = 0; i < _steps.Length; i++)
        {
            FormatSpec spec = specs[i];
            RecordField? width = takesStars && spec.HasWidthArgument ? Take() : null, precision = takesStars && spec.HasPrecisionArgument ? Take() : null;
            RecordField field = Take();
            _steps[i] = new Step(ScriptText.Encode(fragments[i]), spec, KindOf(spec, field.Type), field, width, precision);
        }

        _end = ScriptText.Encode(fragments[^1]);
    }

    /// <summary>Appends the text of one record.</summary>
    public void Write(Utf8Buffer to, ReadOnlySpan<byte> record)
    {
        foreach (ref readonly Step step in _steps.AsSpan())
        {
            to.Append(step.Before);
            ReadOnlySpan<byte> bytes = step.Field.In(record);
            if (bytes.IsEmpty && step.Field.Type.Size != 0) continue;
            int width = step.Spec.Width, precision = step.Spec.Precision;
            bool isLeft = step.Spec.IsLeft;
            if (step.Width is { } w)
            {
                width = (int)Integers.Load(w.Type, record[w.Offset..]);
                if (width < 0)
                {
                    isLeft = true; // as in C
                    width = -width;
                }
            }

            if (step.Precision is { } p) precision = (int)Integers.Load(p.Type, record[p.Offset..]);
            int start = to.Length;
            int firstPart = WriteValue(to, step, bytes, precision);
            if (width > to.Length - start || firstPart >= 0) Align(to, start, width, isLeft, step, firstPart);
        }

        to.Append(_end);
    }

    /// <summary>The arguments of one record as values.</summary>
    public ImmutableArray<TraceValue> Arguments(ReadOnlySpan<byte> record)
    {
        ImmutableArray<TraceValue>.Builder values = ImmutableArray.CreateBuilder<TraceValue>(_steps.Length);
        foreach (ref readonly Step step in _steps.AsSpan()) values.Add(_reader.Read(step.Field.Type, step.Field.In(record)));
        return values.MoveToImmutable();
    }

    private static StepKind KindOf(FormatSpec spec, TraceType type) => spec.Conversion switch
    {
        "d" or "i" when IsNumber(type) => StepKind.Signed,
        "u" when IsNumber(type) => StepKind.Unsigned,
        "x" or "X" when IsNumber(type) => StepKind.Hex,
        "o" when IsNumber(type) => StepKind.Octal,
        "c" when IsNumber(type) => StepKind.Character,
        "p" when IsNumber(type) => StepKind.Pointer,
        "gr" when IsNumber(type) => StepKind.GfpFlags,
        "r" or "rx" or "rh" when type.Kind == TypeKind.Buffer => StepKind.Bytes,
        _ => type.Kind switch
        {
            TypeKind.Integer => type.Enum is null ? type.IsSigned ? StepKind.Signed : StepKind.Unsigned : StepKind.Enumerator,
            TypeKind.Pointer => StepKind.Pointer,
            TypeKind.Boolean => StepKind.Boolean,
            TypeKind.String => StepKind.Text,
            TypeKind.Buffer => StepKind.Bytes,
            >= TypeKind.KernelSymbol and <= TypeKind.SignalName => StepKind.Named,
            _ => StepKind.Other,
        },
    };

    private static bool IsNumber(TraceType type) => type.IsScalar;

    /// <summary>Appends a value; returns how many bytes of it the width applies to where that is not all, otherwise -1.</summary>
    private int WriteValue(Utf8Buffer to, in Step step, ReadOnlySpan<byte> bytes, int precision)
    {
        TraceType type = step.Field.Type;
        FormatSpec spec = step.Spec;
        switch (step.Kind)
        {
            case StepKind.Signed:
                long number = Number(type, bytes);
                if (spec.Conversion is "d" or "i") number = spec.CutSigned(number);
                if (spec.ShowsSign && number >= 0) to.Append((byte)'+');
                else if (_isStrict && spec.HasBlank && number >= 0) to.Append((byte)' ');
                to.AppendDecimal(number);
                break;
            case StepKind.Unsigned:
                to.AppendDecimal(spec.Conversion == "u" ? spec.CutUnsigned(Number(type, bytes)) : (ulong)Number(type, bytes));
                break;
            case StepKind.Hex:
                ulong hex = spec.CutUnsigned(Number(type, bytes));
                bool isUpper = spec.Conversion == "X";
                if (spec.IsAlternate && hex != 0) to.Append(isUpper ? "0X"u8 : "0x"u8);
                to.AppendHex(hex, isUpper);
                break;
            case StepKind.Octal:
                ulong octal = spec.CutUnsigned(Number(type, bytes));
                if (spec.IsAlternate && octal != 0) to.Append((byte)'0');
                to.AppendOctal(octal);
                break;
            case StepKind.Character:
                to.Append((byte)Number(type, bytes));
                break;
            case StepKind.Pointer:
                ulong address = (ulong)Number(type, bytes);
                if (address != 0 || spec.Conversion != "p") to.Append("0x"u8);
                to.AppendHex(address);
                break;
            case StepKind.GfpFlags:
                GfpFlags.Write(to, (ulong)Number(type, bytes));
                break;
            case StepKind.Text:
                ReadOnlySpan<byte> text = ValueReader.Text(type, bytes, out bool isCut);
                if (_isStrict && precision >= 0 && precision < text.Length)
                {
                    text = text[..precision];
                    isCut = false;
                }

                to.Append(text);
                if (isCut) to.Append(_trailer);
                break;
            case StepKind.Enumerator:
                to.Append(ValueReader.EnumName(type.Enum!, type.Size, Integers.ZeroExtend(Number(type, bytes), type.Size)));
                break;
            case StepKind.Boolean:
                to.Append(bytes[0] != 0 ? "true"u8 : "false"u8);
                break;
            case StepKind.Bytes:
                TextFormat.WriteBytes(to, ValueReader.Content(type, bytes), spec.Conversion is not ("rx" or "rh"), spec.Conversion != "rh");
                break;
            case StepKind.Named:
                _reader.WriteNamed(to, type, bytes);
                break;
            default:
                TextFormat.Write(to, _reader.Read(type, bytes));
                return type.Kind is TypeKind.Array or TypeKind.Struct or TypeKind.Tuple && !_isStrict ? Opening(type) : -1;
        }

        return -1;
    }

    /// <summary>Of composed values only the opening brace is brought to the width, as bpftrace does.</summary>
    private static int Opening(TraceType type) => type.Kind switch
    {
        TypeKind.Struct => 2,
        TypeKind.Tuple when type.Fields.Count != 0 && type.Fields[0].Name.Length != 0 => 2,
        _ => 1,
    };

    private void Align(Utf8Buffer to, int start, int width, bool isLeft, in Step step, int firstPart)
    {
        byte fill = step.Spec.IsZeroFilled && !(_isStrict && (isLeft || step.Kind is StepKind.Text)) ? (byte)'0' : (byte)' ';
        if (firstPart >= 0)
        {
            if (width <= firstPart) return;
            byte[] rest = to.Written[(start + firstPart)..].ToArray();
            to.Length = start + firstPart;
            to.Pad(start, width, isLeft, fill);
            to.Append(rest);
            return;
        }

        int from = start + (_isStrict && fill == '0' ? SignLength(to.Written[start..]) : 0);
        to.Pad(from, width - (from - start), isLeft, fill);
    }

    /// <summary>In C zeros go between the sign or <c>0x</c> and the digits.</summary>
    private static int SignLength(ReadOnlySpan<byte> text) =>
        text.Length > 0 && text[0] is (byte)'-' or (byte)'+' or (byte)' ' ? 1 : text.Length > 1 && text[0] == '0' && text[1] is (byte)'x' or (byte)'X' ? 2 : 0;

    private static long Number(TraceType type, ReadOnlySpan<byte> bytes) => type.Kind switch
    {
        TypeKind.Boolean => bytes[0] == 0 ? 0 : 1,
        TypeKind.Pointer => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        _ => Integers.Load(type.Size, type.IsSigned && type.Enum is null, bytes),
    };
}
