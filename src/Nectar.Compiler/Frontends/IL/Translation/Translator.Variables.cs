// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Decoding;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>Locals and arguments.</summary>
internal sealed partial class Translator
{
    private Variable[] BindArguments(MethodModel method, IlBody body, Operand[] values)
    {
        Variable[] arguments = new Variable[values.Length];
        int first = method.IsStatic ? 0 : 1;
        for (int i = 0; i < values.Length; i++)
        {
            bool isThis = i < first;
            TypeModel type = isThis ? ThisType(method.DeclaringType) : method.Parameters[i - first].Type;
            string name = isThis ? "this" : method.Parameters[i - first].Name;
            arguments[i] = Bind(values[i], type, name, body.Arguments[i]);
        }

        return arguments;
    }

    private static TypeModel ThisType(TypeModel declaring) => declaring.IsValueType ? declaring.ByRef : declaring;

    private Variable Bind(Operand value, TypeModel type, string name, VariableUse use)
    {
        value = Normalize(value, type);
        Variable variable = new(type, name);
        if (value.IsObject || (!value.IsStruct && (use & (VariableUse.Written | VariableUse.Addressed)) == 0))
        {
            (variable.Known, variable.IsDirect) = (value, true);
            return variable;
        }

        if (value is { IsStruct: true, IsOwn: true })
        {
            (variable.Slot, variable.Width) = (value.Value, type.Size);
            return variable;
        }

        GiveSlot(variable, use);
        Write(variable, value);
        return variable;
    }

    private void MakeLocals(MethodBody body)
    {
        Variable[] locals = _frame.Locals;
        if (body.Locals.Length != locals.Length) Damaged("the number of locals changed");
        for (int i = 0; i < locals.Length; i++)
        {
            VariableUse use = _frame.Body.Locals[i];
            TypeModel type = body.Locals[i].Type;
            Variable local = locals[i] = new Variable(type, body.Locals[i].Name ?? "temporary");
            StackKind kind = StackKinds.Of(type);
            if (use == VariableUse.None) continue;
            if (kind == StackKind.Float) throw RefuseFloat();
            bool isDirect = kind == StackKind.Object || (kind != StackKind.Struct && (use & (VariableUse.WrittenOften | VariableUse.Addressed | VariableUse.ReadBeforeWritten)) == 0);
            if (isDirect)
            {
                local.IsDirect = true;
                continue;
            }

            GiveSlot(local, use);
            // C# reads nothing that it did not write, but for what it takes the address of: and bytes between fields are read with structs.
            if (body.InitializesLocals && ((use & VariableUse.ReadBeforeWritten) != 0 || (kind == StackKind.Struct && (use & VariableUse.Addressed) != 0 && !IsWrittenWhole(i)))) Zero(local.Slot!, local.Width);
        }
    }

    /// <summary>True if the flow showed that a struct is written as a whole before anything else happens to it.</summary>
    private bool IsWrittenWhole(int local) => (_frame.Body.Locals[local] & VariableUse.ReadBeforeWritten) == 0;

    private void GiveSlot(Variable variable, VariableUse use)
    {
        int size = SlotSize(variable.Type), alignment = SlotAlignment(variable.Type);
        // Narrow numbers whose address nobody has live in whole registers: what is stored is converted before.
        if ((use & VariableUse.Addressed) == 0 && StackKinds.Of(variable.Type) == StackKind.I32) size = alignment = 4;
        variable.Slot = _builder.StackSlot(size, alignment, variable.Name == "temporary" ? $"temporary of {_frame?.Method.Name ?? _function.Name}" : variable.Name);
        variable.Width = size;
    }

    private int SlotSize(TypeModel type)
    {
        int size = type.Size;
        if (size > 4096) throw Refuse(IlCodes.TooLarge, $"a value of '{type.DisplayName}' has {size} bytes; a frame has 512", "help: use a per-CPU array map with one element as scratch memory");
        return size;
    }

    private static int SlotAlignment(TypeModel type) => StackKinds.Of(type) == StackKind.Struct ? type.Alignment : type.Size;

    private Operand Read(Variable variable)
    {
        if (variable.Slot is not { } slot)
        {
            if (variable.Known is { Value: null, Object: null })
            {
                // nothing was written yet: what locals start with
                IrType zero = StackKinds.Register(variable.Type);
                return zero == IrType.Void ? Operand.Of(NullObject.Instance) : Operand.Of(_builder.Constant(zero, 0));
            }

            return variable.Known;
        }

        IrType register = StackKinds.Register(variable.Type);
        if (register == IrType.Void) return Operand.Borrowed(slot, variable.Type);
        if (Held(slot, 0, register, variable.Width) is { } held) return Operand.Of(held);
        bool isNarrow = variable.Width < 4;
        return Operand.Of(_builder.Load(register, slot, variable.Width, 0, isNarrow && variable.Type.IsSigned));
    }

    private void Write(Variable variable, Operand value)
    {
        value = Normalize(value, variable.Type);
        if (variable.Slot is not { } slot)
        {
            if (value.IsObject && variable.Known.Object is { } before && before != value.Object && variable.Known.Object is not NullObject)
            {
                throw Refuse(IlCodes.UnknownObject, $"'{variable.Name}' would be {before.Display} or {value.Object!.Display}, depending on the way", "help: which object a variable holds has to be the same on all ways: use two variables, or test and call in both branches");
            }

            variable.Known = value;
            return;
        }

        if (value.IsObject && value.Object is NullObject) value = Operand.Of(_builder.Null());
        if (value.IsObject) throw RefuseOperand(value);
        if (value.IsStruct) Copy(slot, value.Value!, variable.Type.Size);
        else StoreSlot(slot, value.Value!, variable.Width);
    }

    private void StoreSlot(Value slot, Value value, int width)
    {
        _builder.Store(slot, value, width);
        Hold(slot, 0, value, width);
    }

    private void LoadLocal(long index) => Push(Read(_frame.Locals[index]));

    private void StoreLocal(long index)
    {
        Operand value = Pop();
        Settle();
        Write(_frame.Locals[index], value);
    }

    private void LoadArgument(long index) => Push(Read(Argument(index)));

    private void StoreArgument(long index)
    {
        Operand value = Pop();
        Settle();
        Write(Argument(index), value);
    }

    private void LoadAddress(Variable variable)
    {
        if (variable.Slot is null)
        {
            if (StackKinds.Of(variable.Type) == StackKind.Object)
            {
                // The address of a reference: what is stored behind it is followed as if it were a field.
                variable.Slot = _builder.StackSlot(8, 8, variable.Name);
                variable.Width = 8;
                if (variable.Known.Object is { } known) _objects[(variable.Slot, 0)] = known;
            }
            else
            {
                Damaged("the address of a variable without memory");
            }
        }

        Push(variable.Slot!);
    }

    private Variable Argument(long index)
    {
        Variable[] arguments = _frame.Arguments;
        if (index >= arguments.Length) Damaged($"there is no argument {index}");
        return arguments[index];
    }

    /// <summary>A value as a type wants it: numbers and addresses in the right register.</summary>
    internal Operand Normalize(in Operand operand, TypeModel type)
    {
        switch (StackKinds.Of(type))
        {
            case StackKind.Struct:
                if (!operand.IsStruct) throw RefuseOperand(operand);
                return operand;
            case StackKind.Object:
                if (!operand.IsObject) throw Refuse(IlCodes.Allocation, $"a value of '{type.DisplayName}' would need an object on the heap", "help: there is no heap in a program; use structs and maps");
                return operand;
            case StackKind.Float:
                throw RefuseFloat();
            case StackKind.Void:
                return operand;
        }

        if (operand.IsObject && operand.Object is NullObject) return Operand.Of(_builder.Null());
        if (operand.Value is null || operand.IsStruct) return operand.IsObject ? operand : throw RefuseOperand(operand);
        IrType register = StackKinds.Register(type);
        return operand.Value.Type == register ? operand : Operand.Of(Convert(operand.Value, register, type.IsSigned || operand.Value.Type == IrType.I32));
    }
}
