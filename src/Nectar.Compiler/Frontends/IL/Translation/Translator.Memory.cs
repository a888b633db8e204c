// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>Loads, stores and copies; and which objects the fields of structs in the frame refer to.</summary>
internal sealed partial class Translator
{
    private readonly Dictionary<(Value Slot, long Offset), KnownObject> _objects = [];
    private bool _isVolatile; // a prefix of the next access

    /// <summary>A value of a type from memory.</summary>
    internal Operand LoadFrom(Value pointer, TypeModel type, long offset = 0)
    {
        switch (StackKinds.Of(type))
        {
            case StackKind.Float:
                throw RefuseFloat();
            case StackKind.Void:
                throw new BadImageFormatException("a load of void");
            case StackKind.Struct:
                if (IsKernelType(type)) throw Refuse(IlCodes.KernelTypeCopy, $"'{type.DisplayName}' is a struct of the kernel, whose size depends on the kernel: it cannot be copied", "help: read the fields that you need");
                return Operand.Borrowed(Offset(pointer, offset), type);
            case StackKind.Object:
                return Operand.Of(LoadObject(pointer, type, offset));
        }

        return Operand.Of(LoadScalar(pointer, type, offset));
    }

    private Value LoadScalar(Value pointer, TypeModel type, long offset)
    {
        IrType register = StackKinds.Register(type);
        (Value at, long total) = Split(pointer, offset);
        if (!_isVolatile && Held(at, total, register, type.Size) is { } held) return held;
        Value value = _builder.Load(register, at, type.Size, total, type.IsSigned && type.Size < (register == IrType.I64 ? 8 : 4));
        value.IsVolatile = TakeVolatile();
        if (register == IrType.Pointer) value.Origin = OriginBehind(at, type);
        return value;
    }

    /// <summary>What a pointer that was read from memory points to, as far as the place tells: a kernel object leads to others.</summary>
    private static PointerOrigin OriginBehind(Value place, TypeModel pointer) => place.Origin switch
    {
        PointerOrigin.Trusted when pointer.Element is { Shape: TypeShape.Struct } => PointerOrigin.Trusted,
        PointerOrigin.Trusted or PointerOrigin.Kernel => PointerOrigin.Kernel, // to the verifier a plain number
        PointerOrigin.User => PointerOrigin.User,
        _ => PointerOrigin.Unknown,
    };

    internal void StoreTo(Value pointer, TypeModel type, Operand value, long offset = 0)
    {
        value = StackKinds.Of(type) == StackKind.Object ? value : Normalize(value, type);
        if (value.IsObject)
        {
            StoreObject(pointer, value.Object!, offset);
            return;
        }

        (Value at, long total) = Split(pointer, offset);
        if (value.IsStruct)
        {
            Copy(Offset(at, total), value.Value!, type.Size);
            return;
        }

        _builder.Store(at, value.Value!, type.Size, total).IsVolatile = TakeVolatile();
        Hold(at, total, value.Value!, type.Size);
    }

    private bool TakeVolatile()
    {
        bool isVolatile = _isVolatile;
        _isVolatile = false;
        return isVolatile;
    }

    /// <summary>A pointer plus a constant; chains become one step.</summary>
    private Value Offset(Value pointer, long bytes)
    {
        (Value at, long total) = Split(pointer, bytes);
        return _builder.Offset(at, total);
    }

    private static (Value Pointer, long Offset) Split(Value pointer, long offset) =>
        pointer.Op == Op.PointerOffset ? (pointer[0], pointer.Immediate + offset) : (pointer, offset);

    private void Copy(Value to, Value from, int size)
    {
        if (to == from) return;
        _builder.MemoryCopy(to, from, size).IsVolatile = TakeVolatile();
        HoldCopy(to, from, size);
        if (_objects.Count > 0) CopyObjects(to, from, size);
    }

    internal void Zero(Value to, int size) => Fill(to, _builder.I32(0), size);

    private void Fill(Value to, Value with, long size)
    {
        _builder.MemorySet(to, with, size);
        (Value at, long offset) = Split(to, 0);
        Overwrite(at, offset, size);
    }

    private Value CopyOf(Value from, TypeModel type)
    {
        Value slot = _builder.StackSlot(SlotSize(type), type.Alignment, "temporary");
        Copy(slot, from, type.Size);
        return slot;
    }

    private KnownObject LoadObject(Value pointer, TypeModel type, long offset)
    {
        (Value at, long total) = Split(pointer, offset);
        if (_objects.TryGetValue((at, total), out KnownObject? known)) return known;
        if (at.Op == Op.StackSlot) return NullObject.Instance;
        throw Refuse(IlCodes.UnknownObject, $"a reference to '{type.DisplayName}' is read from memory: which object it is cannot be known when compiling", "help: keep maps in fields of the probe, and pass them as parameters");
    }

    private void StoreObject(Value pointer, KnownObject value, long offset)
    {
        (Value at, long total) = Split(pointer, offset);
        if (at.Op != Op.StackSlot) throw Refuse(IlCodes.UnknownObject, $"{value.Display} cannot be stored in memory: references exist only while compiling", "help: keep maps in fields of the probe, and pass them as parameters");
        if (_objects.TryGetValue((at, total), out KnownObject? before) && before != value && before is not NullObject)
            throw Refuse(IlCodes.UnknownObject, $"a field would refer to {before.Display} or {value.Display}, depending on the way", "help: which object a field refers to has to be the same on all ways");
        _objects[(at, total)] = value;
    }

    private void CopyObjects(Value to, Value from, int size)
    {
        (Value source, long sourceOffset) = Split(from, 0);
        (Value target, long targetOffset) = Split(to, 0);
        if (target.Op != Op.StackSlot) return;
        foreach (((Value slot, long at), KnownObject known) in _objects.ToArray())
        {
            if (slot == source && at >= sourceOffset && at < sourceOffset + size) _objects[(target, targetOffset + at - sourceOffset)] = known;
        }
    }

    /// <summary>The object that a place in the frame refers to, or null.</summary>
    internal KnownObject? ObjectAt(Value pointer)
    {
        (Value at, long total) = Split(pointer, 0);
        return _objects.GetValueOrDefault((at, total));
    }

    /// <summary>Lets a place in the frame refer to an object.</summary>
    internal void SetObject(Value pointer, long offset, KnownObject known)
    {
        (Value at, long total) = Split(pointer, offset);
        _objects[(at, total)] = known;
    }

    private void LoadIndirect(TypeModel type)
    {
        Value pointer = PopPointer();
        Push(LoadFrom(pointer, type));
    }

    private void StoreIndirect(TypeModel type)
    {
        Operand value = Pop();
        Value pointer = PopPointer();
        Settle();
        StoreTo(pointer, type, value);
    }

    /// <summary><c>ldind.ref</c> and <c>stind.ref</c>: references behind references.</summary>
    private void LoadReference() => Push(LoadObject(PopPointer(), _module.Context.Primitive(System.Reflection.Metadata.PrimitiveTypeCode.Object), 0));

    private void StoreReference()
    {
        Operand value = Pop();
        Value pointer = PopPointer();
        if (value.Object is not { } known) throw RefuseOperand(value);
        StoreObject(pointer, known, 0);
    }

    private void InitObject(int token)
    {
        TypeModel type = _frame.Method.ResolveType(token);
        Value pointer = PopPointer();
        Settle();
        if (StackKinds.Of(type) == StackKind.Object) return;
        if (StackKinds.Register(type) is not IrType.Void and var register) StoreTo(pointer, type, Operand.Of(_builder.Constant(register, 0)));
        else Zero(pointer, type.Size);
    }

    private void CopyObject(int token)
    {
        TypeModel type = _frame.Method.ResolveType(token);
        Value from = PopPointer(), to = PopPointer();
        Settle();
        StoreTo(to, type, LoadFrom(from, type));
    }

    private void CopyBlock()
    {
        Value size = PopValue();
        Value from = PopPointer(), to = PopPointer();
        Settle();
        CopyBlock(to, from, size);
    }

    internal void CopyBlock(Value to, Value from, Value size)
    {
        if (!size.IsConstant) throw Refuse(IlCodes.VariableSize, "a copy of as many bytes as are only known at run time", "help: copy a constant number of bytes, or byte by byte in a loop");
        if (size.Immediate != 0) Copy(to, from, checked((int)(uint)size.Immediate));
    }

    private void InitBlock()
    {
        Value size = PopValue(), with = PopValue();
        Value to = PopPointer();
        Settle();
        InitBlock(to, with, size);
    }

    internal void InitBlock(Value to, Value with, Value size)
    {
        if (!size.IsConstant) throw Refuse(IlCodes.VariableSize, "as many bytes are set as are only known at run time", "help: set a constant number of bytes, or byte by byte in a loop");
        if (size.Immediate != 0) Fill(to, with, (uint)size.Immediate);
    }

    /// <summary><c>stackalloc</c>: memory of the frame.</summary>
    private void LocalAllocate()
    {
        Value size = PopValue();
        if (!size.IsConstant) throw Refuse(IlCodes.VariableSize, "'stackalloc' of a size that is only known at run time", "help: give a constant size; a frame has 512 bytes");
        long bytes = size.Immediate;
        if (bytes is < 0 or > 4096) throw Refuse(IlCodes.TooLarge, $"'stackalloc' of {bytes} bytes; a frame has 512", "help: use a per-CPU array map with one element as scratch memory");
        if (bytes == 0)
        {
            Push(_builder.Null());
            return;
        }

        Value slot = _builder.StackSlot((int)bytes, 8, "stackalloc");
        if (_frame.Method.Body.InitializesLocals) Zero(slot, (int)bytes);
        Push(slot);
    }
}
