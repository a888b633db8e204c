// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Translation;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Calls;

/// <summary>
/// <c>Bpf.Print</c>: the calls that C# makes of an interpolated string are put together to one format, for <c>bpf_trace_printk</c> with up to
/// three values and for <c>bpf_trace_vprintk</c> (5.16) with more.
/// </summary>
internal static class Printing
{
    private const int TracePrintk = 6;
    private const int TraceVprintk = 177;
    private const int FewArguments = 3;

    public static Operand Begin(Translator t, MethodModel method, Operand[] arguments)
    {
        t.SetObject(t.AsPointer(arguments[0]), 0, new MessageObject(new Message()));
        return default;
    }

    public static Operand Literal(Translator t, MethodModel method, Operand[] arguments)
    {
        Of(t, arguments[0]).Append(Text(t, arguments[1]));
        return default;
    }

    public static Operand Value(Translator t, MethodModel method, Operand[] arguments)
    {
        TypeModel type = method.Parameters[0].Type;
        string? format = arguments.Length > 2 ? Text(t, arguments[2]) : null;
        string conversion = Message.Conversion(format, type.Size, type.IsSigned, type.IsAddress)
            ?? throw t.Refuse(IlCodes.BadMessage, $"'{format}' is no format that the kernel prints", "help: 'x', 'X' and 'd' with a number of digits are: {value:x8}");
        Of(t, arguments[0]).Append(conversion, t.Convert(t.Scalar(arguments[1]), IrType.I64, type.IsSigned));
        return default;
    }

    public static Operand Bytes(Translator t, MethodModel method, Operand[] arguments)
    {
        Operand span = arguments[1];
        FieldModel reference = span.Struct!.InstanceFields.First(field => field.Type.IsAddress);
        Of(t, arguments[0]).Append("%s", t.Builder.Load(IrType.Pointer, span.Value!, 8, reference.Offset));
        return default;
    }

    public static Operand Print(Translator t, MethodModel method, Operand[] arguments)
    {
        Emit(t, Of(t, arguments[0]));
        return default;
    }

    public static Operand PrintText(Translator t, MethodModel method, Operand[] arguments)
    {
        Message message = new();
        message.Append(Text(t, arguments[0]));
        Emit(t, message);
        return default;
    }

    private static void Emit(Translator t, Message message)
    {
        GlobalFormat(t, message, out Value format, out Value size);
        List<Value> values = message.Arguments;
        if (values.Count <= FewArguments)
        {
            t.Forget();
            t.Builder.Call(HelperTargets.Find(TracePrintk)!, IrType.I32, [format, size, .. values]);
            return;
        }

        if (values.Count > Message.MaxArguments) throw t.Refuse(IlCodes.BadMessage, $"{values.Count} values are printed; the kernel takes {Message.MaxArguments}", "help: print twice");
        if (!t.Module.Module.Target.Has(5, 16)) throw t.Refuse(IlCodes.BadMessage, $"{values.Count} values are printed; kernels before 5.16 take three", "help: print twice, or compile for 5.16");
        Value data = t.Builder.StackSlot(values.Count * 8, 8, "printed values");
        for (int i = 0; i < values.Count; i++) t.Builder.Store(data, values[i], 8, i * 8);
        t.Forget();
        t.Builder.Call(HelperTargets.Find(TraceVprintk)!, IrType.I32, format, size, data, t.Builder.I32(values.Count * 8));
    }

    private static void GlobalFormat(Translator t, Message message, out Value format, out Value size)
    {
        GlobalSymbol text = t.Module.Text(message.Format);
        (format, size) = (t.Builder.Global(text), t.Builder.I32(text.Bytes.Length));
    }

    private static Message Of(Translator t, in Operand handler) => t.ObjectAt(t.AsPointer(handler)) is MessageObject message
        ? message.Message
        : throw t.Refuse(IlCodes.BadMessage, "a message has to be built where it is printed", "help: Bpf.Print($\"...\")");

    private static string Text(Translator t, in Operand operand) => operand.Object is TextObject text
        ? text.Text
        : throw t.Refuse(IlCodes.Text, "a text that is printed has to be a constant", "help: there are no strings in a program; print spans of bytes");
}
