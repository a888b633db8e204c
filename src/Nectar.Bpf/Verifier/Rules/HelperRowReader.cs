// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>
/// Reads a row of <see cref="HelperRows"/>: <c>strtol(in size any out:8&amp;) int</c>. A parameter is a word, then <c>:type</c> of a
/// kernel object, <c>:bytes</c> of memory with a fixed size or <c>:kind</c> of a dynptr, then <c>&amp;</c> aligned, <c>?</c> may be null,
/// <c>-</c> given back. A result is a word, <c>:type</c>, then <c>?</c> may be null, <c>!</c> trusted.
/// </summary>
internal static class HelperRowReader
{
    private static readonly (string Word, ParameterKind Kind, ParameterFlags Flags)[] s_parameters =
    [
        ("any", ParameterKind.Anything, 0),
        ("ctx", ParameterKind.Context, 0),
        ("map", ParameterKind.ConstMap, 0),
        ("key", ParameterKind.MapKey, 0),
        ("value", ParameterKind.MapValue, 0),
        ("outvalue", ParameterKind.MapValue, ParameterFlags.Uninitialized | ParameterFlags.Write),
        ("in", ParameterKind.Memory, ParameterFlags.ReadOnly),
        ("mem", ParameterKind.Memory, 0),
        ("inout", ParameterKind.Memory, ParameterFlags.Write),
        ("out", ParameterKind.Memory, ParameterFlags.Uninitialized | ParameterFlags.Write),
        ("size", ParameterKind.Size, 0),
        ("size0", ParameterKind.SizeOrZero, 0),
        ("alloc", ParameterKind.AllocationSize, 0),
        ("scalar", ParameterKind.Scalar, 0),
        ("lock", ParameterKind.SpinLock, 0),
        ("timer", ParameterKind.Timer, 0),
        ("kptr", ParameterKind.KptrSlot, 0),
        ("skc", ParameterKind.SocketCommon, 0),
        ("sock", ParameterKind.Socket, 0),
        ("bskc", ParameterKind.BtfSocketCommon, 0),
        ("btf", ParameterKind.BtfObject, 0),
        ("percpu", ParameterKind.PerCpuBtfObject, 0),
        ("ring", ParameterKind.RingRecord, 0),
        ("func", ParameterKind.Function, 0),
        ("stack", ParameterKind.Stack, 0),
        ("str", ParameterKind.ConstString, 0),
        ("dynptr", ParameterKind.Dynptr, ParameterFlags.ReadOnly),
        ("outdynptr", ParameterKind.Dynptr, ParameterFlags.Uninitialized | ParameterFlags.Write),
    ];

    private static readonly (string Word, ResultKind Kind)[] s_results =
    [
        ("int", ResultKind.Integer), ("void", ResultKind.Void), ("value", ResultKind.MapValue), ("sock", ResultKind.Socket),
        ("tcp", ResultKind.TcpSocket), ("skc", ResultKind.SocketCommon), ("mem", ResultKind.Memory), ("ring", ResultKind.RingRecord),
        ("percpu", ResultKind.MemoryOrBtfObject), ("btf", ResultKind.BtfObject),
    ];

    private static readonly (string Word, HelperTraits Trait)[] s_traits =
    [
        ("gpl", HelperTraits.GplOnly), ("pkt", HelperTraits.PacketAccess), ("sleeps", HelperTraits.MightSleep), ("moves", HelperTraits.ChangesPacket),
        ("fast", HelperTraits.FastCall), ("acquires", HelperTraits.Acquires), ("calls", HelperTraits.SynchronousCallback),
        ("later", HelperTraits.AsynchronousCallback), ("part", HelperTraits.ReturnsPartOfArgument), ("casts", HelperTraits.CastsSocket),
    ];

    /// <summary>Reads a row; rows are part of this program, so a word that is not known is a mistake of it.</summary>
    internal static HelperPrototype Read(string row)
    {
        int open = row.IndexOf('(', StringComparison.Ordinal), close = row.IndexOf(')', StringComparison.Ordinal);
        ReadOnlySpan<char> inside = row.AsSpan(open + 1, close - open - 1), rest = row.AsSpan(close + 2);
        Span<Parameter> parameters = new Parameter[5];
        int count = 0;
        foreach (Range part in inside.Split(' '))
        {
            if (!inside[part].IsEmpty) parameters[count++] = ReadParameter(inside[part]);
        }

        int space = rest.IndexOf(' ');
        HelperResult result = ReadResult(space < 0 ? rest : rest[..space]);
        HelperTraits traits = HelperTraits.None;
        if (space >= 0)
        {
            ReadOnlySpan<char> words = rest[(space + 1)..];
            foreach (Range part in words.Split(' ')) traits |= Find(s_traits, words[part]);
        }

        foreach (Parameter parameter in parameters)
        {
            if (parameter.Releases && parameter.Kind != ParameterKind.BtfObject) traits |= HelperTraits.Releases; // an exchanged kptr moves
        }

        string name = string.Concat("bpf_", row.AsSpan(0, open));
        return new HelperPrototype { Id = HelperNames.IdOf(name), Name = name, Parameters = parameters[..count].ToArray(), Result = result, Traits = traits };
    }

    private static Parameter ReadParameter(ReadOnlySpan<char> text)
    {
        ParameterFlags flags = TakeFlags(ref text);
        int colon = text.IndexOf(':');
        ReadOnlySpan<char> word = colon < 0 ? text : text[..colon], type = colon < 0 ? default : text[(colon + 1)..];
        foreach ((string known, ParameterKind kind, ParameterFlags implied) in s_parameters)
        {
            if (!word.SequenceEqual(known)) continue;
            flags |= implied;
            if (type.IsEmpty) return new Parameter(kind, flags);
            if (kind == ParameterKind.Memory) return new Parameter(kind, flags | ParameterFlags.FixedSize, ushort.Parse(type, NumberStyles.None, CultureInfo.InvariantCulture));
            if (kind == ParameterKind.Dynptr) return new Parameter(kind, flags | (type is "local" ? ParameterFlags.LocalDynptr : ParameterFlags.RingDynptr));
            return new Parameter(kind, flags, 0, type.ToString());
        }

        throw new InvalidOperationException($"no such parameter: {word}");
    }

    private static ParameterFlags TakeFlags(ref ReadOnlySpan<char> text)
    {
        ParameterFlags flags = ParameterFlags.None;
        for (; ; text = text[..^1])
        {
            switch (text[^1])
            {
                case '?': flags |= ParameterFlags.MaybeNull; break;
                case '-': flags |= ParameterFlags.Release; break;
                case '&': flags |= ParameterFlags.Aligned; break;
                default: return flags;
            }
        }
    }

    private static HelperResult ReadResult(ReadOnlySpan<char> text)
    {
        bool maybeNull = text[^1] == '?', isTrusted = text[^1] == '!';
        if (maybeNull || isTrusted) text = text[..^1];
        int colon = text.IndexOf(':');
        return new HelperResult(Find(s_results, colon < 0 ? text : text[..colon]), maybeNull, isTrusted, colon < 0 ? null : text[(colon + 1)..].ToString());
    }

    private static T Find<T>((string Word, T Value)[] words, ReadOnlySpan<char> word)
    {
        foreach ((string known, T value) in words)
        {
            if (word.SequenceEqual(known)) return value;
        }

        throw new InvalidOperationException($"no such word: {word}");
    }
}
