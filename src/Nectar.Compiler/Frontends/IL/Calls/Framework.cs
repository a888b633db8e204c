// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Translation;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Calls;

/// <summary>Translates a call of a framework method that is no method of the library.</summary>
internal delegate Operand FrameworkMethod(Translator t, MethodReference method, Operand[] arguments);

/// <summary>
/// The methods of the framework that are done here, because C# cannot say what they do: those of <c>Unsafe</c>, and a few that the C# compiler
/// calls. All others are C# of the library (<c>Nectar.Probes.Bcl</c>).
/// </summary>
internal static class Framework
{
    private static readonly Dictionary<string, FrameworkMethod> s_unsafe = new(StringComparer.Ordinal)
    {
        ["As"] = Same,
        ["AsRef"] = Same,
        ["AsPointer"] = Same,
        ["Add"] = (t, method, arguments) => Operand.Of(Add(t, method, arguments, false)),
        ["Subtract"] = (t, method, arguments) => Operand.Of(Add(t, method, arguments, true)),
        ["AddByteOffset"] = (t, _, arguments) => Operand.Of(t.Arithmetic(Op.Add, t.AsPointer(arguments[0]), Wide(t, arguments[1], true))),
        ["SubtractByteOffset"] = (t, _, arguments) => Operand.Of(t.Arithmetic(Op.Subtract, t.AsPointer(arguments[0]), Wide(t, arguments[1], true))),
        ["ByteOffset"] = (t, _, arguments) => Operand.Of(t.Arithmetic(Op.Subtract, t.AsPointer(arguments[1]), t.AsPointer(arguments[0]))),
        ["AreSame"] = (t, _, arguments) => Operand.Of(t.Compare(Op.Equal, t.AsPointer(arguments[0]), t.AsPointer(arguments[1]))),
        ["IsAddressGreaterThan"] = (t, _, arguments) => Operand.Of(t.Compare(Op.GreaterUnsigned, t.AsPointer(arguments[0]), t.AsPointer(arguments[1]))),
        ["IsAddressLessThan"] = (t, _, arguments) => Operand.Of(t.Compare(Op.LessUnsigned, t.AsPointer(arguments[0]), t.AsPointer(arguments[1]))),
        ["IsNullRef"] = (t, _, arguments) => Operand.Of(t.Compare(Op.Equal, t.AsPointer(arguments[0]), t.Builder.Null())),
        ["NullRef"] = (t, _, _) => Operand.Of(t.Builder.Null()),
        ["SizeOf"] = (t, method, _) => Operand.Of(t.SizeOf(method.Arguments[0])),
        ["Read"] = (t, method, arguments) => t.LoadFrom(t.AsPointer(arguments[0]), method.Arguments[0]),
        ["ReadUnaligned"] = (t, method, arguments) => t.LoadFrom(t.AsPointer(arguments[0]), method.Arguments[0]),
        ["Write"] = Write,
        ["WriteUnaligned"] = Write,
        ["Copy"] = Copy,
        ["CopyBlock"] = CopyBlock,
        ["CopyBlockUnaligned"] = CopyBlock,
        ["InitBlock"] = InitBlock,
        ["InitBlockUnaligned"] = InitBlock,
        ["SkipInit"] = (_, _, _) => default,
        ["BitCast"] = BitCast,
    };

    private static readonly Dictionary<string, FrameworkMethod> s_others = new(StringComparer.Ordinal)
    {
        ["System.Object..ctor"] = (_, _, _) => default,
        ["System.Attribute..ctor"] = (_, _, _) => default,
        ["System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences"] = (t, method, _) => Operand.Of(t.Builder.I32(method.Arguments[0].HasReferences ? 1 : 0)),
        ["System.Type.GetTypeFromHandle"] = (_, _, arguments) => arguments[0],
        ["System.Type.op_Equality"] = (t, _, arguments) => Operand.Of(t.Builder.I32(arguments[0].Object == arguments[1].Object ? 1 : 0)),
        ["System.Type.op_Inequality"] = (t, _, arguments) => Operand.Of(t.Builder.I32(arguments[0].Object != arguments[1].Object ? 1 : 0)),
    };

    /// <summary>What does a method; null if nothing here does.</summary>
    public static FrameworkMethod? Find(MethodReference method)
    {
        TypeModel type = method.DeclaringType;
        if (type.Name == "Unsafe" && type.Namespace == "System.Runtime.CompilerServices") return s_unsafe.GetValueOrDefault(method.Name);
        return type.Namespace.StartsWith("System", StringComparison.Ordinal) ? s_others.GetValueOrDefault($"{type.FullName}.{method.Name}") : null;
    }

    private static Operand Same(Translator t, MethodReference method, Operand[] arguments) => arguments[0].IsObject ? arguments[0] : Operand.Of(t.AsPointer(arguments[0]));

    /// <summary><c>int</c> counts are signed, <c>nuint</c> ones need no extension.</summary>
    private static Value Wide(Translator t, in Operand operand, bool signed) => t.Convert(t.Scalar(operand), IrType.I64, signed);

    private static Value Add(Translator t, MethodReference method, Operand[] arguments, bool isNegative)
    {
        Value bytes = t.Arithmetic(Op.Multiply, Wide(t, arguments[1], true), t.Builder.I64(method.Arguments[0].Size));
        return t.Arithmetic(isNegative ? Op.Subtract : Op.Add, t.AsPointer(arguments[0]), bytes);
    }

    private static Operand Write(Translator t, MethodReference method, Operand[] arguments)
    {
        t.StoreTo(t.AsPointer(arguments[0]), method.Arguments[0], arguments[1]);
        return default;
    }

    private static Operand Copy(Translator t, MethodReference method, Operand[] arguments)
    {
        TypeModel type = method.Arguments[0];
        t.StoreTo(t.AsPointer(arguments[0]), type, t.LoadFrom(t.AsPointer(arguments[1]), type));
        return default;
    }

    private static Operand CopyBlock(Translator t, MethodReference method, Operand[] arguments)
    {
        t.CopyBlock(t.AsPointer(arguments[0]), t.AsPointer(arguments[1]), t.Scalar(arguments[2]));
        return default;
    }

    private static Operand InitBlock(Translator t, MethodReference method, Operand[] arguments)
    {
        t.InitBlock(t.AsPointer(arguments[0]), t.Scalar(arguments[1]), t.Scalar(arguments[2]));
        return default;
    }

    /// <summary>The same bytes as another type: through memory.</summary>
    private static Operand BitCast(Translator t, MethodReference method, Operand[] arguments)
    {
        (TypeModel from, TypeModel to) = (method.Arguments[0], method.Arguments[1]);
        Value slot = t.Builder.StackSlot(Math.Max(from.Size, to.Size), 8, "bit cast");
        t.StoreTo(slot, from, arguments[0]);
        Operand result = t.LoadFrom(slot, to);
        return result.IsStruct ? Operand.Own(slot, to) : result;
    }
}
