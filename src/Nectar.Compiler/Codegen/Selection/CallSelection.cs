// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen.Machine;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Selection;

/// <summary>The calling convention: parameters and arguments in r1 to r5, results in r0.</summary>
internal sealed class CallSelection(SelectionState state, ArithmeticSelection arithmetic)
{
    public void Parameters()
    {
        foreach (Value parameter in state.Machine.Source.Parameters)
        {
            if (parameter.Users.Count > 0) state.Copy(state.Home(parameter), (int)parameter.Immediate + 1);
        }
    }

    public void Call(Value value)
    {
        // What takes instructions to compute comes first, so that argument registers are taken as late as possible.
        Span<int> ready = stackalloc int[5];
        for (int i = 0; i < value.Operands.Count; i++) ready[i] = IsMadeInPlace(value[i]) ? -1 : state.Use(value[i]);
        for (int i = 0; i < value.Operands.Count; i++)
        {
            if (ready[i] < 0) continue;
            if (value[i].Type == IrType.I32 && !state.Bits.IsNarrow(value[i])) arithmetic.ClearUpper(i + 1, value[i]);
            else state.Copy(i + 1, ready[i]);
        }

        for (int i = 0; i < value.Operands.Count; i++)
        {
            if (ready[i] < 0) state.UseInto(i + 1, value[i]);
        }

        state.Emit(new MachineInstruction
        {
            Operation = value.Symbol switch { HelperTarget => Operation.CallHelper, KernelFunctionTarget => Operation.CallKfunc, _ => Operation.CallLocal },
            Immediate = value.Symbol is HelperTarget helper ? helper.Id : -1,
            Symbol = value.Symbol,
            Arguments = (byte)value.Operands.Count,
        });
        state.Made.Clear(); // of r0 to r5 nothing is left
        if (value.Users.Count > 0) state.Copy(state.Home(value), 0);
    }

    public void Return(Value terminator)
    {
        if (terminator.Operands.Count == 0) state.SetNumber(0, IrType.I64, 0); // the verifier wants r0 written
        else if (terminator[0].IsConstant) state.SetNumber(0, IrType.I64, terminator[0].Immediate); // with its sign: some kernels look at all 64 bits
        else state.UseInto(0, terminator[0]);
        state.Emit(new MachineInstruction { Operation = Operation.Exit, Arguments = 1 });
    }

    private bool IsMadeInPlace(Value value) =>
        value.Op is Op.Constant or Op.Undefined or Op.MapAddress or Op.GlobalAddress or Op.FunctionAddress or Op.ExternAddress or Op.StackSlot || state.Addresses.IsFolded(value);
}
