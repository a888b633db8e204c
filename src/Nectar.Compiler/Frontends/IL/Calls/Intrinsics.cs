// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Translation;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Calls;

/// <summary>Translates a call of a method that the compiler knows.</summary>
internal delegate Operand Intrinsic(Translator t, MethodModel method, Operand[] arguments);

/// <summary>The methods with <c>[Intrinsic]</c>, by name. There are few: the library is C#.</summary>
internal static class Intrinsics
{
    private static readonly Dictionary<string, Intrinsic> s_table = new(StringComparer.Ordinal)
    {
        ["ctx.data"] = (t, method, arguments) => ContextPointer(t, method, arguments, "data", PointerOrigin.Packet),
        ["ctx.data_meta"] = (t, method, arguments) => ContextPointer(t, method, arguments, "data_meta", PointerOrigin.Packet),
        ["ctx.data_end"] = (t, method, arguments) => ContextPointer(t, method, arguments, "data_end", PointerOrigin.PacketEnd),
        ["abort"] = Abort,
        ["bswap16"] = (t, _, arguments) => Operand.Of(t.Builder.ByteSwap(t.Scalar(arguments[0]), 2)),
        ["bswap32"] = (t, _, arguments) => Operand.Of(t.Builder.ByteSwap(t.Scalar(arguments[0]), 4)),
        ["bswap64"] = (t, _, arguments) => Operand.Of(t.Builder.ByteSwap(t.Scalar(arguments[0]), 8)),
        ["memory.equal"] = MemoryEqual,
        ["equals"] = Equality.OfComparer,
        ["rva.span"] = ConstantSpan,
        ["atomic.add"] = (t, method, arguments) => Atomic(t, method, arguments, AtomicKind.Add),
        ["atomic.and"] = (t, method, arguments) => Atomic(t, method, arguments, AtomicKind.And),
        ["atomic.or"] = (t, method, arguments) => Atomic(t, method, arguments, AtomicKind.Or),
        ["atomic.xor"] = (t, method, arguments) => Atomic(t, method, arguments, AtomicKind.Xor),
        ["atomic.exchange"] = (t, method, arguments) => Atomic(t, method, arguments, AtomicKind.Exchange),
        ["atomic.compare_exchange"] = (t, method, arguments) => Atomic(t, method, arguments, AtomicKind.CompareExchange),
        ["core.field_exists"] = (t, method, arguments) => Questions.Field(t, arguments, CoreRelocationKind.FieldExists),
        ["core.field_size"] = (t, method, arguments) => Questions.Field(t, arguments, CoreRelocationKind.FieldByteSize),
        ["core.type_exists"] = (t, method, _) => Questions.Type(t, method, CoreRelocationKind.TypeExists),
        ["core.type_size"] = (t, method, _) => Questions.Type(t, method, CoreRelocationKind.TypeSize),
        ["core.enum_value_exists"] = (t, method, arguments) => Questions.Enumerator(t, method, arguments, CoreRelocationKind.EnumValueExists),
        ["core.enum_value"] = (t, method, arguments) => Questions.Enumerator(t, method, arguments, CoreRelocationKind.EnumValue),
        ["range.begin"] = Ranges.Begin,
        ["range.next"] = Ranges.Next,
        ["range.end"] = Ranges.End,
        ["print"] = Printing.Print,
        ["print.text"] = Printing.PrintText,
        ["print.begin"] = Printing.Begin,
        ["print.literal"] = Printing.Literal,
        ["print.value"] = Printing.Value,
        ["print.string"] = Printing.Bytes,
    };

    public static Operand Call(Translator t, MethodModel method, string name, Operand[] arguments) => s_table.TryGetValue(name, out Intrinsic? intrinsic)
        ? intrinsic(t, method, arguments)
        : throw t.Refuse(IlCodes.UnknownFunction, $"'{method}' stands for '{name}', which this version of the compiler does not know", "help: use versions of Nectar.Probes and of the compiler that belong together");

    /// <summary>Fields of the context that hold addresses in the packet.</summary>
    private static Operand ContextPointer(Translator t, MethodModel method, Operand[] arguments, string name, PointerOrigin origin)
    {
        TypeModel context = method.Parameters[0].Type.Element!;
        FieldModel field = context.FindField(name) ?? throw t.Refuse(IlCodes.UnknownFunction, $"'{context.DisplayName}' has no field '{name}'");
        Value pointer = t.Builder.Load(IrType.Pointer, t.AsPointer(arguments[0]), field.Type.Size, field.Offset); // 4 bytes, or 8 in newer contexts
        pointer.Origin = origin;
        return Operand.Of(pointer);
    }

    private static Operand Abort(Translator t, MethodModel method, Operand[] arguments)
    {
        t.Abort();
        return default;
    }

    private static Operand Atomic(Translator t, MethodModel method, Operand[] arguments, AtomicKind kind)
    {
        TypeModel type = method.Parameters[0].Type.Element!;
        Value target = t.AsPointer(arguments[0]);
        IrType register = StackKinds.Register(type);
        Value first = t.Scalar(arguments[1]);
        // Adding needs cpu v1 only if nobody wants the old value: passes see whether somebody does.
        t.Forget();
        Value old = kind == AtomicKind.CompareExchange
            ? t.Builder.Atomic(kind, register, type.Size, target, first, t.Scalar(arguments[2]))
            : t.Builder.Atomic(kind, register, type.Size, target, first);
        return Operand.Of(old);
    }

    private static Operand MemoryEqual(Translator t, MethodModel method, Operand[] arguments)
    {
        Value length = t.Scalar(arguments[2]);
        if (length.IsConstantOf(0)) return Operand.Of(t.Builder.I32(1));
        if (!length.IsConstant) return t.InlineBody(method, arguments);
        return Operand.Of(t.Builder.MemoryEqual(t.AsPointer(arguments[0]), t.AsPointer(arguments[1]), (uint)length.Immediate));
    }

    /// <summary><c>RuntimeHelpers.CreateSpan</c>: a span over bytes of the image.</summary>
    private static Operand ConstantSpan(Translator t, MethodModel method, Operand[] arguments)
    {
        if (arguments[0].Object is not FieldToken { Field: var data }) throw t.Refuse(IlCodes.NotConstant, "the data of a constant span has to be known when compiling");
        TypeModel span = method.ReturnType, element = method.Arguments[0];
        ReadOnlySpan<byte> bytes = data.MappedData;
        Value slot = t.Builder.StackSlot(span.Size, span.Alignment, "constant span");
        foreach (FieldModel field in span.InstanceFields)
        {
            t.StoreTo(slot, field.Type, Operand.Of(field.Type.IsAddress ? t.Builder.Global(t.Module.Literal(bytes)) : t.Builder.I32(bytes.Length / element.Size)), field.Offset);
        }

        return Operand.Own(slot, span);
    }
}
