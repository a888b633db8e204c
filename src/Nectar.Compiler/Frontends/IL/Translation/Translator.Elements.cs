// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>Elements of constant arrays, sizes, tokens, and what else the stack needs.</summary>
internal sealed partial class Translator
{
    private void Duplicate()
    {
        Operand top = Pop();
        if (top.IsStruct) top = Operand.Borrowed(top.Value!, top.Struct!); // two entries share the bytes: neither may change them
        Push(top);
        Push(top);
    }

    private Value ElementAddress()
    {
        Value index = Convert(PopValue(), IrType.I64, true);
        Operand top = Pop();
        if (top.Object is not ArrayObject array) throw Refuse(IlCodes.Allocation, "arrays are objects on the heap, which a program does not have", "help: use 'stackalloc', an [InlineArray] struct, or a static readonly array of constants");
        AbortIf(Compare(Op.GreaterOrEqualUnsigned, index, _builder.I64(array.Length)));
        if (_isDead) return index;
        return AddBytes(_builder.Global(array.Data), Arithmetic(Op.Multiply, index, _builder.I64(array.Element.Size)));
    }

    private void LoadElement(TypeModel type)
    {
        Value address = ElementAddress();
        if (!_isDead) Push(LoadFrom(address, type));
    }

    private void LoadLength()
    {
        Operand top = Pop();
        if (top.Object is not ArrayObject array) throw Refuse(IlCodes.Allocation, "arrays are objects on the heap, which a program does not have", "help: use a span over 'stackalloc' or an [InlineArray] struct");
        Push(_builder.I64(array.Length));
    }

    /// <summary><c>ldind.i</c>: a pointer where pointers are stored; numbers of that size are converted when they are used.</summary>
    private void LoadNative()
    {
        Value pointer = PopPointer();
        Push(LoadFrom(pointer, _module.Context.Primitive(PrimitiveTypeCode.Void).Pointer));
    }

    private void StoreNative()
    {
        Operand value = Pop();
        Value pointer = PopPointer();
        Settle();
        StoreTo(pointer, value.Value is { Type: IrType.Pointer } ? _module.Context.Primitive(PrimitiveTypeCode.Void).Pointer : _module.Context.Primitive(PrimitiveTypeCode.IntPtr), value);
    }

    internal Value SizeOf(TypeModel type)
    {
        if (IsKernelType(type)) throw Refuse(IlCodes.KernelTypeCopy, $"'{type.DisplayName}' is a struct of the kernel: its size depends on the kernel", "help: Core.SizeOf<T>() asks the running kernel");
        return _builder.I32(type.Size);
    }

    private void LoadToken(int token)
    {
        if ((token >> 24) is 0x04) Push(new FieldToken(_frame.Method.ResolveField(token)));
        else if ((token >> 24) is 0x01 or 0x02 or 0x1B) Push(new TypeToken(_frame.Method.ResolveType(token)));
        else throw Refuse(IlCodes.Unsupported, "handles of methods cannot be used in a program");
    }
}
