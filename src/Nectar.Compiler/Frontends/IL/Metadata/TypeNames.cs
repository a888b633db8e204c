// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using Nectar.Bpf.Objects;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>Names of types: as C# writes them, and as C identifiers, which is all that BTF and the kernel take.</summary>
internal static class TypeNames
{
    /// <summary>The C# keyword or name of a type, namespaces left out.</summary>
    public static string Display(TypeModel type)
    {
        switch (type.Shape)
        {
            case TypeShape.Primitive:
                return Keyword(type.Primitive);
            case TypeShape.Pointer:
                return type.Element!.DisplayName + "*";
            case TypeShape.ByRef:
                return "ref " + type.Element!.DisplayName;
            case TypeShape.Array:
                return type.Element!.DisplayName + "[]";
            case TypeShape.FunctionPointer:
                return "delegate*";
        }

        int outer = type.DeclaringType?.Arguments.Length ?? 0;
        string name = WithoutArity(type.Name);
        if (type.Arguments.Length > outer) name += $"<{string.Join(", ", type.Arguments.Skip(outer).Select(argument => argument.DisplayName))}>";
        return type.DeclaringType is { } declaring ? $"{declaring.DisplayName}.{name}" : name;
    }

    /// <summary>A C identifier for any type: <c>Ref`1&lt;int&gt;</c> becomes <c>Ref_int</c>.</summary>
    public static string Identifier(TypeModel type)
    {
        string text = type.Shape switch
        {
            TypeShape.Pointer or TypeShape.ByRef => Identifier(type.Element!) + "_ptr",
            TypeShape.Array => Identifier(type.Element!) + "_array",
            TypeShape.Primitive => Keyword(type.Primitive),
            _ => (type.DeclaringType is { } outer ? Identifier(outer) + "_" : "") + WithoutArity(type.Name)
                + string.Concat(type.Arguments.Skip(type.DeclaringType?.Arguments.Length ?? 0).Select(argument => "_" + Identifier(argument))),
        };
        return MemberNames.Identifier(text);
    }

    private static string WithoutArity(string name)
    {
        int tick = name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? name : name[..tick];
    }

    private static string Keyword(PrimitiveTypeCode code) => code switch
    {
        PrimitiveTypeCode.Void => "void",
        PrimitiveTypeCode.Boolean => "bool",
        PrimitiveTypeCode.Char => "char",
        PrimitiveTypeCode.SByte => "sbyte",
        PrimitiveTypeCode.Byte => "byte",
        PrimitiveTypeCode.Int16 => "short",
        PrimitiveTypeCode.UInt16 => "ushort",
        PrimitiveTypeCode.Int32 => "int",
        PrimitiveTypeCode.UInt32 => "uint",
        PrimitiveTypeCode.Int64 => "long",
        PrimitiveTypeCode.UInt64 => "ulong",
        PrimitiveTypeCode.Single => "float",
        PrimitiveTypeCode.Double => "double",
        PrimitiveTypeCode.IntPtr => "nint",
        PrimitiveTypeCode.UIntPtr => "nuint",
        PrimitiveTypeCode.String => "string",
        PrimitiveTypeCode.Object => "object",
        _ => "TypedReference",
    };
}
