// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Reflection.Metadata;
using Nectar.Compiler.Frontends.IL.Decoding;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>
/// Read-only static arrays of numbers that are known when compiling: <c>static readonly byte[] s_table = [1, 2, 3];</c>. What the C# compiler
/// makes of these in the static constructor is recognised: the array is made, filled from the image or element by element, and stored.
/// </summary>
internal sealed class StaticArrays(ModuleTranslation module)
{
    private readonly Dictionary<TypeModel, Dictionary<string, ArrayObject>> _known = [];

    /// <summary>The array that a field holds; null if it is not known.</summary>
    public ArrayObject? Find(FieldModel field)
    {
        if (!field.IsReadOnly || field.Type is not { Shape: TypeShape.Array, Element.IsInteger: true }) return null;
        TypeModel type = field.DeclaringType;
        if (!_known.TryGetValue(type, out Dictionary<string, ArrayObject>? arrays)) _known.Add(type, arrays = Read(type));
        return arrays.GetValueOrDefault(field.Name);
    }

    private Dictionary<string, ArrayObject> Read(TypeModel type)
    {
        Dictionary<string, ArrayObject> arrays = new(StringComparer.Ordinal);
        if (type.FindMethod(".cctor") is not { HasBody: true } constructor) return arrays;
        IlInstruction[] code = module.Decode(constructor).Instructions;
        for (int i = 1; i < code.Length; i++)
        {
            if (code[i].Code != ILOpCode.Newarr || code[i - 1].Code != ILOpCode.Ldc_i4) continue;
            TypeModel element = constructor.ResolveType((int)code[i].Operand);
            long length = code[i - 1].Operand;
            if (!element.IsInteger || length is < 0 or > 1 << 16) continue;
            byte[] bytes = new byte[length * element.Size];
            int at = Fill(constructor, code, i + 1, element, bytes);
            if (at < code.Length && code[at].Code == ILOpCode.Stsfld) arrays[constructor.ResolveField((int)code[at].Operand).Name] = new ArrayObject(module.Literal(bytes), element, (int)length);
        }

        return arrays;
    }

    /// <summary>Reads what fills the array; gives the instruction behind it.</summary>
    private static int Fill(MethodModel constructor, IlInstruction[] code, int at, TypeModel element, byte[] bytes)
    {
        Span<byte> wide = stackalloc byte[8];
        while (at + 3 < code.Length && code[at].Code == ILOpCode.Dup)
        {
            if (code[at + 1].Code == ILOpCode.Ldtoken && code[at + 2].Code == ILOpCode.Call)
            {
                ReadOnlySpan<byte> image = constructor.ResolveField((int)code[at + 1].Operand).MappedData;
                image[..Math.Min(image.Length, bytes.Length)].CopyTo(bytes);
                at += 3;
                continue;
            }

            int value = at + 2;
            if (code[at + 1].Code != ILOpCode.Ldc_i4 || code[value].Code is not (ILOpCode.Ldc_i4 or ILOpCode.Ldc_i8)) return code.Length;
            bool isConverted = code[value + 1].Code is ILOpCode.Conv_i8 or ILOpCode.Conv_u8;
            int store = isConverted ? value + 2 : value + 1;
            if (store >= code.Length || !IsStore(code[store].Code) || (ulong)code[at + 1].Operand >= (ulong)(bytes.Length / element.Size)) return code.Length;
            long number = code[value + 1].Code == ILOpCode.Conv_u8 ? (uint)code[value].Operand : code[value].Operand;
            BinaryPrimitives.WriteInt64LittleEndian(wide, number);
            wide[..element.Size].CopyTo(bytes.AsSpan((int)code[at + 1].Operand * element.Size));
            at = store + 1;
        }

        return at;
    }

    private static bool IsStore(ILOpCode code) => code is ILOpCode.Stelem_i1 or ILOpCode.Stelem_i2 or ILOpCode.Stelem_i4 or ILOpCode.Stelem_i8 or ILOpCode.Stelem;
}
