// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Text and bytes from memory: <c>str</c>, <c>buf</c>, <c>str_concat</c>, <c>strlen</c>, <c>path</c>.</summary>
internal static class Strings
{
    public static readonly FunctionEntry[] Functions =
    [
        // a byte more than the value has: text that fills it to the last byte was longer, and that can be told
        FunctionEntry.Bytes("str", (probe, site, destination, padded) => Read(probe, site, destination, padded), slack: 1),
        FunctionEntry.Bytes("kstr", (probe, site, destination, padded) => Read(probe, site, destination, padded), slack: 1),
        FunctionEntry.Bytes("buf", WriteBuffer),
        FunctionEntry.Bytes("path", WritePath),
        FunctionEntry.Of("strlen", (probe, site) => probe.Scalar(site, Length(probe, site[0]))),
        FunctionEntry.Of("strcap", (probe, site) => probe.Scalar(site, Capacity(probe, site[0]))),
        FunctionEntry.Of("str_concat", Concatenate),
    ];

    /// <summary>Reads the text that <c>str</c> means.</summary>
    /// <returns>Bytes that were written, with the zero behind the text; negative if it could not be read (then the text is empty).</returns>
    public static Value Read(ProbeLowering probe, CallSite site, Value destination, bool padded)
    {
        int size = site.Type.Size, room = RoomOf(probe, site);
        Value most = probe.Number(room);
        if (site.Count > 1) most = site[1].ConstantOf() is { } constant ? probe.Number(Math.Clamp(constant, 0, room)) : probe.AtMost(probe.LowerScalar(site[1]), room);
        (Value address, AddressSpace space) = probe.AddressOf(site[0]);
        if (padded) probe.Zero(destination, size);
        else probe.Builder.Store(destination, probe.Builder.I32(0), 1);
        space = Space(probe, site.Name, space);
        Value length = ReadText(probe, destination, most, address, space, site.Node);
        if (!most.IsConstant || most.Immediate == room) CountCut(probe, length, room, address, space, room > size ? LossCause.TextMarked : LossCause.TextCut);
        return length;
    }

    /// <summary>Counts a text that was longer than the room for it: the zero that ends it here took the place of something else.</summary>
    /// <param name="length">What the reader of text gave: bytes with the zero.</param>
    public static void CountCut(ProbeLowering probe, Value length, int room, Value address, AddressSpace space, LossCause cause) =>
        probe.When(probe.Builder.Compare(Op.Equal, length, probe.Number(room)), () =>
        {
            Value last = probe.Memory.ReadSlot();
            probe.Set(last, probe.Number(0));
            probe.Call(Emission.ReadHelper(space), last, probe.Number(1), probe.Builder.Binary(Op.Add, address, probe.Number(room - 1)));
            probe.When(probe.Conversions.Truth(probe.Get(last)), () => probe.CountLoss(cause));
        });

    /// <summary>Bytes that <c>str</c> may write: as many as its value has, and the one that shows a longer text.</summary>
    public static int RoomOf(ProbeLowering probe, CallSite site) =>
        site.Type.Size < probe.Config.MaxStringLength || probe.Config.MaxStringLength >= 1024 ? site.Type.Size : site.Type.Size + 1;

    /// <summary>Reads text up to its end wherever it is; a failure is counted.</summary>
    public static Value ReadText(ProbeLowering probe, Value destination, Value most, Value address, AddressSpace space, Node where)
    {
        int helper = Emission.ReadStringHelper(space);
        Value length = probe.Call(helper, destination, most, address);
        probe.CheckRead(length, helper, where);
        return length;
    }

    private static AddressSpace Space(ProbeLowering probe, string name, AddressSpace space) => name == "kstr" ? AddressSpace.Kernel : space;

    /// <summary>u32 length and so many bytes.</summary>
    private static void WriteBuffer(ProbeLowering probe, CallSite site, Value destination, bool padded)
    {
        int room = site.Type.Size - 4;
        Value length = probe.Number(room), wanted = site.Count > 1 ? probe.LowerScalar(site[1]) : probe.Number(site[0].Type.Size);
        if (!wanted.IsConstant) probe.When(probe.Builder.Compare(Op.GreaterUnsigned, wanted, probe.Number(room)), () => probe.CountLoss(LossCause.TextCut));
        else if (wanted.Immediate > room) probe.CountLoss(LossCause.TextCut);
        if (site.Count > 1) length = wanted.IsConstant ? probe.Number(Math.Clamp(wanted.Immediate, 0, room)) : probe.AtMost(wanted, room);
        (Value address, AddressSpace space) = probe.AddressOf(site[0]);
        if (padded && !(length.IsConstant && length.Immediate == room)) probe.Zero(probe.Builder.Offset(destination, 4), room);
        probe.Builder.Store(destination, length, 4);
        probe.ReadBytes(probe.Builder.Offset(destination, 4), length, address, space, site.Node);
    }

    /// <summary><c>bpf_d_path</c> (5.10): only in functions that the kernel lists, with a pointer that the verifier trusts. Says why it failed.</summary>
    private static void WritePath(ProbeLowering probe, CallSite site, Value destination, bool padded)
    {
        probe.NeedTypes(site);
        int size = site.Type.Size;
        Value most = probe.Number(size);
        if (site.Count > 1 && site[1].ConstantOf() is null) most = probe.AtMost(probe.LowerScalar(site[1]), size);
        (Value address, _) = probe.AddressOf(site[0]);
        probe.Zero(destination, size);
        probe.CheckHelper(probe.CallRestricted("bpf_d_path", site.Node, address, destination, most), "bpf_d_path", site.Node);
    }

    /// <summary>Characters before the first zero, at most as many as the type holds: the reader of text counts them while it copies.</summary>
    private static Value Length(ProbeLowering probe, Expression text)
    {
        int most = text.Type.Kind is TypeKind.String or TypeKind.Array ? text.Type.Size : probe.Config.MaxStringLength;
        (Value address, AddressSpace space) = probe.AddressOf(text);
        Value copy = probe.Temporary(most + 1);
        Value length = ReadText(probe, copy, probe.Number(most + 1), address, space, text);
        if (text.Type.Kind is not (TypeKind.String or TypeKind.Array)) CountCut(probe, length, most + 1, address, space, LossCause.TextCut);
        return probe.Choose(probe.Builder.Compare(Op.GreaterSigned, length, probe.Number(0)), () => probe.Builder.Binary(Op.Subtract, length, probe.Number(1)), () => probe.Number(0));
    }

    private static Value Capacity(ProbeLowering probe, Expression text) =>
        text.Type.Kind is TypeKind.String or TypeKind.Array ? probe.Number(text.Type.Kind == TypeKind.Array ? text.Type.Count : text.Type.Size) : Length(probe, text);

    /// <summary>The second text behind the first, cut at the size of the result.</summary>
    private static Operand Concatenate(ProbeLowering probe, CallSite site)
    {
        IrBuilder code = probe.Builder;
        int size = site.Type.Size, room = RoundUp(size);
        Value made = probe.Temporary(room * 2);
        probe.Zero(made, size);
        (Value first, AddressSpace firstSpace) = probe.AddressOf(site[0]);
        (Value second, AddressSpace secondSpace) = probe.AddressOf(site[1]);
        Value length = ReadText(probe, made, probe.Number(size), first, firstSpace, site[0]);

        // 1 ≤ length ≤ size; the mask says so to the verifier
        Value at = probe.Choose(code.Compare(Op.GreaterSigned, length, probe.Number(0)), () => code.Binary(Op.Subtract, length, probe.Number(1)), () => probe.Number(0));
        at = code.Binary(Op.And, at, probe.Number(room - 1));
        Value more = ReadText(probe, code.PointerAdd(made, at), probe.Number(size), second, secondSpace, site[1]);
        probe.When(code.Compare(Op.GreaterSigned, code.Binary(Op.Add, at, more), probe.Number(size)), () => probe.CountLoss(LossCause.TextCut));
        code.Store(made, code.I32(0), 1, size - 1);
        return Operand.Memory(site.Type, made);
    }

    private static int RoundUp(int size) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)size);
}
