// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using Nectar.Compiler.Frontends.IL.Decoding;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Frontends.IL.Types;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>Fields: of structs in memory, of kernel structs by name, of the probe and its objects, and static ones.</summary>
internal sealed partial class Translator
{
    /// <summary>Addresses of kernel fields: a field of a field becomes one access.</summary>
    private readonly Dictionary<Value, FieldModel> _kernelFields = [];

    private void LoadField(int token)
    {
        FieldModel field = _frame.Method.ResolveField(token);
        Operand owner = Pop();
        if (field.IsStatic)
        {
            LoadStatic(field);
            return;
        }

        if (owner.Object is { } known)
        {
            Push(LoadOf(known, field));
            return;
        }

        if (IsBitField(field)) Push(LoadBits(AsPointer(owner), field));
        else Push(LoadFrom(AddressOf(owner, field, out int offset), field.Type, offset));
    }

    private void LoadFieldAddress(int token)
    {
        FieldModel field = _frame.Method.ResolveField(token);
        Operand owner = Pop();
        if (field.IsStatic)
        {
            LoadStaticAddress(field);
            return;
        }

        if (owner.Object is { } known)
        {
            Push(AddressOf(ValueOf(known, field), field));
            return;
        }

        if (IsBitField(field) && !IsAsked()) throw Refuse(IlCodes.KernelTypeCopy, $"'{field}' is a bit-field, which has no address", "help: read its value");
        Value address = AddressOf(owner, field, out int offset);
        Push(Offset(address, offset));
    }

    private void StoreField(int token)
    {
        FieldModel field = _frame.Method.ResolveField(token);
        Operand value = Pop(), owner = Pop();
        Settle();
        if (owner.Object is { } known)
        {
            if (ValueOf(known, field) is not ProbeGlobal global) throw Refuse(IlCodes.UnknownObject, $"'{field}' cannot be set in a program: it is fixed when the object is made", "help: only fields of integers and structs are variables of the program");
            StoreTo(_builder.Global(global.Symbol), field.Type, value);
            return;
        }

        if (IsKernelType(field.DeclaringType)) throw Refuse(IlCodes.KernelTypeCopy, $"'{field}' is a field of the kernel's struct and cannot be written", "help: a kernel struct can be read; what may be changed is changed by helpers and kfuncs");
        Value address = AddressOf(owner, field, out int offset);
        StoreTo(address, field.Type, value, offset);
    }

    /// <summary>Where a field of a struct is: the struct's address, and the field's offset where that is constant.</summary>
    private Value AddressOf(in Operand owner, FieldModel field, out int offset)
    {
        Value pointer = AsPointer(owner);
        if (IsKernelType(field.DeclaringType))
        {
            offset = 0;
            return KernelField(pointer, field);
        }

        offset = field.Offset;
        return pointer;
    }

    private bool IsBitField(FieldModel field)
    {
        if (!IsKernelType(field.DeclaringType)) return false;
        int bits = KernelAccess.BitsOf(field);
        if (bits < 0) throw Refuse(IlCodes.KernelTypeCopy, $"'{field}' cannot be a bit-field", "help: a bit-field is an integer, of at most as many bits as its type has");
        return bits > 0;
    }

    /// <summary>The address that is made now goes to a question about the kernel's types, which does not read there.</summary>
    private bool IsAsked()
    {
        IlInstruction[] code = _frame.Body.Instructions;
        return _next < code.Length && code[_next].Code == ILOpCode.Call
            && _frame.Method.ResolveMethod((int)code[_next].Operand, mustExist: false).Method is { } method && _module.KindOf(method) is { Form: Calls.CallForm.Intrinsic, Name: { } name } && name.StartsWith("core.", StringComparison.Ordinal);
    }

    /// <summary>A bit-field's value; where it is in which word is asked when memory is lowered.</summary>
    private Value LoadBits(Value pointer, FieldModel field)
    {
        Value address = KernelField(pointer, field);
        CoreAccess place = (CoreAccess)address.Symbol!;
        Value load = _builder.Load(IrType.I64, address, 8);
        load.Symbol = new BitFieldAccess(place, KernelAccess.BitsOf(field), field.Type.Size, field.Type.IsSigned);
        return StackKinds.Register(field.Type) == IrType.I32 ? _builder.Truncate(load) : load;
    }

    private Value KernelField(Value pointer, FieldModel field)
    {
        bool isInner = _kernelFields.TryGetValue(pointer, out FieldModel? outer) && outer.Type == field.DeclaringType;
        CoreAccess access = _module.KernelField(isInner ? (CoreAccess)pointer.Symbol! : null, field);
        Value address = _builder.CoreField(isInner ? pointer[0] : pointer, access);
        _kernelFields.Add(address, field);
        return address;
    }

    /// <summary>The field of a kernel struct whose address it is, or null.</summary>
    internal FieldModel? KernelFieldAt(Value pointer) => _kernelFields.GetValueOrDefault(pointer);

    private bool IsKernelType(TypeModel type) => _module.IsKernelType(type);

    /// <summary>A field of an object that is known while translating.</summary>
    private Operand LoadOf(KnownObject known, FieldModel field) => ValueOf(known, field) switch
    {
        ProbeMap map => Operand.Of(new MapObject(map)),
        ProbeObject part => Operand.Of(new ProbePart(part)),
        ProbeText text => Operand.Of(new TextObject(text.Text)),
        ProbeConstant number => Operand.Of(_builder.Constant(StackKinds.Register(field.Type), number.Number)),
        ProbeGlobal global => LoadFrom(_builder.Global(global.Symbol), field.Type),
        ProbeForeign => throw RefuseForeign(field),
        _ when StackKinds.Of(field.Type) == StackKind.Object => Operand.Of(NullObject.Instance),
        _ => throw RefuseField(known, field),
    };

    private ProbeValue? ValueOf(KnownObject known, FieldModel field)
    {
        if (known is ProbePart part) return part.Object.Field(field);
        if (known is NullObject) throw Refuse(IlCodes.UnknownObject, $"'{field}' of a null reference is used");
        throw RefuseField(known, field);
    }

    private Value AddressOf(ProbeValue? value, FieldModel field)
    {
        switch (value)
        {
            case ProbeGlobal global:
                return _builder.Global(global.Symbol);
            case ProbeConstant number:
                Value slot = _builder.StackSlot(SlotSize(field.Type), SlotAlignment(field.Type), field.Name);
                _builder.Store(slot, _builder.Constant(StackKinds.Register(field.Type), number.Number), field.Type.Size);
                return slot;
            case ProbeMap map:
                return AddressOfObject(new MapObject(map), field.Name);
            case ProbeObject part:
                return AddressOfObject(new ProbePart(part), field.Name);
            case ProbeForeign:
                throw RefuseForeign(field);
            default:
                throw Refuse(IlCodes.UnknownObject, $"the address of '{field}' cannot be taken");
        }
    }

    private Value AddressOfObject(KnownObject known, string name)
    {
        Value slot = _builder.StackSlot(8, 8, name);
        _objects[(slot, 0)] = known;
        return slot;
    }

    private void LoadStatic(FieldModel field)
    {
        if (StackKinds.Of(field.Type) == StackKind.Object)
        {
            Push(StaticObject(field));
            return;
        }

        switch (_module.StaticValue(field))
        {
            case ProbeConstant number:
                Push(_builder.Constant(StackKinds.Register(field.Type), number.Number));
                break;
            case ProbeGlobal global:
                Push(LoadFrom(_builder.Global(global.Symbol), field.Type));
                break;
            default:
                throw RefuseStatic(field);
        }
    }

    private void LoadStaticAddress(FieldModel field)
    {
        TypeModel type = field.Type;
        if (StackKinds.Of(type) == StackKind.Object) Push(AddressOfObject(StaticObject(field), field.Name));
        else if (field.MappedData is { IsEmpty: false }) Push(_builder.Global(_module.Literal(field.MappedData)));
        else Push(AddressOf(_module.StaticValue(field) ?? throw RefuseStatic(field), field));
    }

    private void StoreStatic(int token)
    {
        FieldModel field = _frame.Method.ResolveField(token);
        Operand value = Pop();
        Settle();
        if (value.Object is DelegateObject or NullObject && IsDelegate(field.Type)) return; // the cache of a lambda: it is known already
        if (_module.StaticValue(field) is not ProbeGlobal { Symbol.IsReadOnly: false } global) throw RefuseStatic(field);
        StoreTo(_builder.Global(global.Symbol), field.Type, value);
    }

    private KnownObject StaticObject(FieldModel field)
    {
        if (IsDelegate(field.Type)) return NullObject.Instance; // the cache of a lambda is empty at first
        if (_module.StaticArray(field) is { } array) return array;
        return _module.StaticValue(field) switch
        {
            ProbeMap map => new MapObject(map),
            ProbeObject part => new ProbePart(part),
            ProbeText text => new TextObject(text.Text),
            _ when field.Type == field.DeclaringType && !field.Type.InstanceFields.Any() => new EmptyObject(field.Type), // <>c.<>9
            _ => throw RefuseStatic(field),
        };
    }

    internal static bool IsDelegate(TypeModel type) => type.Shape switch
    {
        TypeShape.Class => type.BaseType is { Name: "MulticastDelegate", Namespace: "System" },
        TypeShape.External => type.Namespace == "System" && (type.Name.StartsWith("Func`", StringComparison.Ordinal) || type.Name.StartsWith("Action", StringComparison.Ordinal)
            || type.Name.StartsWith("Predicate`", StringComparison.Ordinal) || type.Name.StartsWith("Comparison`", StringComparison.Ordinal)),
        _ => false,
    };
}
