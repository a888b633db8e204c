// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using Nectar.Compiler.Frontends.IL.Metadata;

namespace Nectar.Compiler.Frontends.IL.Construction;

/// <summary>Variables, fields and addresses.</summary>
internal sealed partial class EvaluationFrame
{
    private void LoadArgument(int index) => LoadVariable(_arguments, index, _argumentTypes[index]);

    private void LoadLocal(int index) => LoadVariable(_locals, index, _localModels[index].Type);

    private void StoreLocal(int index) => _locals[index] = ConstructorEvaluator.ToStorage(Pop(), _localModels[index].Type);

    private void Store(object?[] variables, int index, TypeModel[] types) => variables[index] = ConstructorEvaluator.ToStorage(Pop(), types[index]);

    private void LoadVariable(object?[] variables, int index, TypeModel type) => Push(FromStorage(variables[index], type));

    private static EvaluatedValue FromStorage(object? stored, TypeModel type) => stored switch
    {
        UnknownValue unknown => EvaluatedValue.Unknown(unknown),
        EvaluatedValue value => value,
        byte[] bytes => EvaluatedValue.Load(bytes, 0, type),
        _ when type.IsInteger => EvaluatedValue.Load(new byte[type.Size], 0, type),
        _ => EvaluatedValue.Reference(stored),
    };

    private void LoadAddress(object?[] variables, int index) => Push(variables[index] is byte[] bytes ? EvaluatedValue.Address(bytes, 0) : Unknown("the address of a variable"));

    private void LoadField(FieldModel field)
    {
        EvaluatedValue owner = Pop();
        switch (owner)
        {
            case { Object: EvaluatedObject instance }:
                Push(FromStorage(field.Type.IsValueType && instance[field] is not UnknownValue ? instance.Bytes(field) : instance[field], field.Type));
                break;
            case { Kind: EvaluatedKind.Struct, Object: byte[] bytes }:
                Push(EvaluatedValue.Load(bytes, field.Offset, field.Type));
                break;
            case { Kind: EvaluatedKind.Address, Object: byte[] memory }:
                Push(EvaluatedValue.Load(memory, (int)owner.Number + field.Offset, field.Type));
                break;
            default:
                Push(Unknown($"{field}"));
                break;
        }
    }

    private void LoadFieldAddress(FieldModel field)
    {
        EvaluatedValue owner = Pop();
        Push(owner switch
        {
            { Object: EvaluatedObject instance } when field.Type.IsValueType && !field.Type.HasReferences => EvaluatedValue.Address(instance.Bytes(field), 0),
            { Kind: EvaluatedKind.Address, Object: byte[] memory } => EvaluatedValue.Address(memory, (int)owner.Number + field.Offset),
            _ => Unknown($"the address of {field}"),
        });
    }

    private void StoreField(FieldModel field)
    {
        EvaluatedValue value = Pop(), owner = Pop();
        switch (owner)
        {
            case { Object: EvaluatedObject instance }:
                instance[field] = ConstructorEvaluator.ToStorage(value, field.Type);
                break;
            case { Kind: EvaluatedKind.Address, Object: byte[] memory }:
                if (!value.Store(memory, (int)owner.Number + field.Offset, field.Type)) throw Fail($"sets '{field}' to a value that is only known at run time");
                break;
        }
    }

    private void LoadStatic(FieldModel field)
    {
        if (field.DeclaringType.FrameworkName is not null && field.DeclaringType.Shape == TypeShape.External)
        {
            Push(Unknown($"{field}"));
            return;
        }

        EvaluatedObject statics = _evaluator.Statics(field.DeclaringType);
        Push(FromStorage(field.Type.IsValueType && !field.Type.HasReferences && statics[field] is not UnknownValue ? statics.Bytes(field) : statics[field], field.Type));
    }

    private void LoadStaticAddress(FieldModel field) =>
        Push(field.Type.IsValueType && !field.Type.HasReferences && field.MappedData.IsEmpty ? EvaluatedValue.Address(_evaluator.Statics(field.DeclaringType).Bytes(field), 0) : Unknown($"the address of {field}"));

    private void StoreStatic(FieldModel field) => _evaluator.Statics(field.DeclaringType)[field] = ConstructorEvaluator.ToStorage(Pop(), field.Type);

    private void LoadIndirect(TypeModel type)
    {
        EvaluatedValue address = Pop();
        Push(address is { Kind: EvaluatedKind.Address, Object: byte[] memory } && address.Number >= 0 && address.Number <= memory.Length - type.Size
            ? EvaluatedValue.Load(memory, (int)address.Number, type)
            : Unknown("a value in memory"));
    }

    private void StoreIndirect(TypeModel type)
    {
        EvaluatedValue value = Pop();
        StoreThrough(Pop(), type, value);
    }

    /// <summary>Writes a value, or zeros, to an address.</summary>
    private void StoreThrough(EvaluatedValue address, TypeModel type, EvaluatedValue? value)
    {
        if (address is not { Kind: EvaluatedKind.Address, Object: byte[] memory }) return; // into something unknown
        EvaluatedValue stored = value ?? new EvaluatedValue(EvaluatedKind.Struct, 0, new byte[type.Size]);
        if (!stored.Store(memory, (int)address.Number, type)) throw Fail("writes a value that is only known at run time");
    }

    private bool TryIndirect(ILOpCode op)
    {
        PrimitiveTypeCode code = op switch
        {
            ILOpCode.Ldind_i1 or ILOpCode.Stind_i1 => PrimitiveTypeCode.SByte,
            ILOpCode.Ldind_u1 => PrimitiveTypeCode.Byte,
            ILOpCode.Ldind_i2 or ILOpCode.Stind_i2 => PrimitiveTypeCode.Int16,
            ILOpCode.Ldind_u2 => PrimitiveTypeCode.UInt16,
            ILOpCode.Ldind_i4 or ILOpCode.Stind_i4 => PrimitiveTypeCode.Int32,
            ILOpCode.Ldind_u4 => PrimitiveTypeCode.UInt32,
            ILOpCode.Ldind_i8 or ILOpCode.Stind_i8 or ILOpCode.Ldind_i or ILOpCode.Stind_i => PrimitiveTypeCode.Int64,
            _ => PrimitiveTypeCode.Void,
        };
        if (code == PrimitiveTypeCode.Void) return false;
        TypeModel type = _method.DeclaringType.Context.Primitive(code);
        if (op is ILOpCode.Stind_i1 or ILOpCode.Stind_i2 or ILOpCode.Stind_i4 or ILOpCode.Stind_i8 or ILOpCode.Stind_i) StoreIndirect(type);
        else LoadIndirect(type);
        return true;
    }
}
