// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Codegen.Machine;
using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes;

namespace Nectar.Compiler.Codegen.Selection;

/// <summary>
/// Chooses instructions, block by block in reverse postorder. A phi becomes a register of its own that each predecessor sets at its end and
/// the block copies from at its start: right whatever the phis of a block read from each other, and nearly all of the copies are
/// coalesced.
/// </summary>
internal sealed class Selector
{
    private readonly SelectionState _state;
    private readonly ArithmeticSelection _arithmetic;
    private readonly MemorySelection _memory;
    private readonly CallSelection _calls;
    private readonly BranchSelection _branches;
    private readonly PassContext _context;
    private readonly Dictionary<Value, int> _phis = [];
    private readonly MachineBlock[] _blocks;
    private readonly bool[] _fused;

    private Selector(IrFunction function, PassContext context, Dominance dominance)
    {
        MachineFunction machine = new(function, context.Target);
        _context = context;
        _state = new SelectionState(machine, new SignificantBits(function, dominance), new AddressFolding(function, dominance));
        _arithmetic = new ArithmeticSelection(_state);
        _memory = new MemorySelection(_state);
        _calls = new CallSelection(_state, _arithmetic);
        _branches = new BranchSelection(_state, _arithmetic);
        _blocks = new MachineBlock[function.BlockCount];
        _fused = new bool[function.ValueCount];
        foreach (Block block in dominance.ReversePostorder) _blocks[block.Id] = machine.NewBlock();
    }

    /// <summary>Machine code for a prepared function; null if something in it cannot be compiled (reported).</summary>
    public static MachineFunction? Run(IrFunction function, PassContext context, Dominance dominance)
    {
        Selector selector = new(function, context, dominance);
        bool good = true;
        Dictionary<int, Dictionary<(object?, long), int>> made = [];
        foreach (Block block in dominance.ReversePostorder)
        {
            bool continues = block.Predecessors.Count == 1 && made.ContainsKey(block.Predecessors[0].Id);
            selector._state.Made = continues ? new(made[block.Predecessors[0].Id]) : [];
            good &= selector.Select(block);
            made[block.Id] = selector._state.Made;
        }

        return good ? selector._state.Machine : null;
    }

    private bool Select(Block block)
    {
        _state.Block = _blocks[block.Id];
        _state.Location = block.Function.Location;
        if (block == block.Function.Entry) _calls.Parameters();
        foreach (Value phi in block.Phis)
        {
            _state.Location = phi.Location;
            if (phi.Users.Count > 0) _state.Copy(_state.Home(phi), PhiRegister(phi));
        }

        foreach (Value value in block.Values)
        {
            _state.Location = value.Location ?? _state.Location;
            if (!Select(value)) return false;
        }

        return true;
    }

    private int PhiRegister(Value phi)
    {
        if (!_phis.TryGetValue(phi, out int register)) _phis.Add(phi, register = _state.Machine.NewRegister());
        return register;
    }

    private bool Select(Value value)
    {
        switch (value.Op)
        {
            case Op.Phi or Op.Parameter or Op.Constant or Op.Undefined or Op.StackSlot or Op.MapAddress or Op.GlobalAddress or Op.FunctionAddress or Op.ExternAddress:
            case >= Op.Equal and <= Op.GreaterOrEqualSigned: // with the branch
                return true;
            case Op.PointerOffset or Op.CoreField when _state.Addresses.IsFolded(value):
                return true;
            case Op.And when BranchSelection.IsBitTest(value):
                return true;
            case Op.Load:
                _memory.Load(value);
                return true;
            case Op.Store:
                _memory.Store(value);
                return true;
            case Op.Atomic:
                if (_context.Target.HasFetchingAtomics || ((AtomicKind)value.Symbol! == AtomicKind.Add && value.Users.Count == 0)) _memory.Atomic(value);
                else return Refuse(value, CodegenCodes.NotInVersion, $"an atomic {value.Symbol} that gives the old value needs cpu version 3 or later, not {_context.Target.Cpu}", "help: compile for version 3 (kernels from 5.12 on), or do without the result of the operation");
                return true;
            case Op.Call:
                _calls.Call(value);
                return true;
            case Op.MemoryCopy or Op.MemorySet or Op.MemoryEqual or Op.Switch:
                return Refuse(value, CodegenCodes.NotLowered, $"the operation {value.Op} reached the selection of instructions, which takes it only after lowering");
            case Op.DivideSigned or Op.RemainderSigned when !_context.Target.HasSignedDivision:
                return Refuse(value, CodegenCodes.NotLowered, $"signed division reached the selection of instructions for cpu version {_context.Target.Cpu}, which takes it only after lowering");
            case Op.Jump or Op.Branch or Op.Return or Op.Unreachable:
                Terminate(value);
                return true;
            default:
                _arithmetic.Select(value);
                return true;
        }
    }

    private void Terminate(Value terminator)
    {
        MachineBlock block = _state.Block;
        switch (terminator.Op)
        {
            case Op.Return:
                _calls.Return(terminator);
                break;
            case Op.Unreachable:
                _state.SetNumber(0, IrType.I64, 0);
                _state.Emit(new MachineInstruction { Operation = Nectar.Bpf.Isa.Operation.Exit, Arguments = 1 });
                break;
            case Op.Jump:
                CopyToPhis(terminator.Block!, terminator.Targets[0]);
                block.Next = _blocks[terminator.Targets[0].Id];
                break;
            default:
                (Block then, Block otherwise) = (terminator.Targets[0], terminator.Targets[1]);
                if (then == otherwise)
                {
                    block.Next = _blocks[then.Id];
                    break;
                }

                block.Condition = _branches.Condition(terminator[0]);
                if (block.Condition.Arguments == 1) (then, otherwise, block.Condition.Arguments) = (otherwise, then, 0);
                (block.Taken, block.Next) = (_blocks[then.Id], _blocks[otherwise.Id]);
                break;
        }
    }

    /// <summary>Sets the registers of the target's phis; edges from a block with two successors to one with phis have been split.</summary>
    private void CopyToPhis(Block from, Block to)
    {
        int edge = -1;
        foreach (Value phi in to.Phis)
        {
            if (edge < 0)
            {
                for (edge = 0; to.Predecessors[edge] != from;) edge++;
            }

            if (phi.Users.Count > 0 && phi[edge].Op != Op.Undefined) _state.UseInto(PhiRegister(phi), phi[edge]);
            else if (phi.Users.Count > 0) _state.SetNumber(PhiRegister(phi), IrType.I64, 0);
        }
    }

    private bool Refuse(Value value, DiagnosticCode code, string message, params ReadOnlySpan<string> notes)
    {
        _context.Diagnostics.Add(CodegenDiagnostics.At(value.Location, code, message, notes));
        return false;
    }
}
