// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Compiler.Codegen.Machine;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Selection;

/// <summary>
/// What the parts of the selection share: where code goes, which register holds a value, and how the values are made that have no place of
/// their own (numbers, addresses of variables and of the frame), which are made again where they are wanted.
/// </summary>
internal sealed class SelectionState
{
    private readonly int[] _registers;
    private readonly Dictionary<Value, FrameSlot> _slots = [];
    private Dictionary<(object? Symbol, long Number), int> _made = [];

    public SelectionState(MachineFunction machine, SignificantBits bits, AddressFolding addresses)
    {
        Addresses = addresses;
        Machine = machine;
        Bits = bits;
        _registers = new int[machine.Source.ValueCount];
        Array.Fill(_registers, -1);
    }

    public MachineFunction Machine { get; }

    public CompilationTarget Target => Machine.Target;

    public SignificantBits Bits { get; }

    public AddressFolding Addresses { get; }

    public MachineBlock Block { get; set; } = null!;

    public SourceLocation? Location { get; set; }

    /// <summary>Numbers and addresses that are in a register here already.</summary>
    public Dictionary<(object? Symbol, long Number), int> Made
    {
        get => _made;
        set => _made = value;
    }

    public MachineInstruction Emit(MachineInstruction instruction)
    {
        instruction.Location = Location;
        Block.Instructions.Add(instruction);
        return instruction;
    }

    public void Copy(int to, int from) => Emit(new MachineInstruction { Operation = Operation.Mov, Destination = to, Source = from });

    public MachineInstruction Register(Operation operation, int width, int destination, int source) =>
        Emit(new MachineInstruction { Operation = operation, Width = (byte)width, Destination = destination, Source = source });

    public MachineInstruction Immediate(Operation operation, int width, int destination, long immediate) =>
        Emit(new MachineInstruction { Operation = operation, Width = (byte)width, Destination = destination, Immediate = immediate });

    /// <summary>The register of a value that is computed where it stands; made when first asked for, because phis ask early.</summary>
    public int Home(Value value) => _registers[value.Id] >= 0 ? _registers[value.Id] : _registers[value.Id] = Machine.NewRegister();

    /// <summary>Lets a value live in the register of another.</summary>
    public void Alias(Value value, int register)
    {
        if (_registers[value.Id] >= 0) Copy(_registers[value.Id], register);
        else _registers[value.Id] = register;
    }

    /// <summary>A register that holds a value here; not to be changed.</summary>
    public int Use(Value value)
    {
        switch (value.Op)
        {
            case Op.Constant:
                return Number(value.Type, value.Immediate);
            case Op.MapAddress or Op.GlobalAddress or Op.FunctionAddress or Op.ExternAddress:
                return Address(value.Symbol!, value.Op == Op.GlobalAddress ? value.Immediate : 0);
            case Op.Undefined or Op.StackSlot:
            case Op.PointerOffset when Addresses.IsFolded(value):
                int register = Machine.NewRegister();
                UseInto(register, value);
                return register;
            default:
                return Home(value);
        }
    }

    /// <summary>Puts a value into a register that is free to change.</summary>
    public void UseInto(int register, Value value)
    {
        switch (value.Op)
        {
            case Op.Constant:
                SetNumber(register, value.Type, value.Immediate);
                break;
            case Op.Undefined:
                SetNumber(register, IrType.I64, 0); // the verifier wants every register written before it is read
                break;
            case Op.MapAddress or Op.GlobalAddress or Op.FunctionAddress or Op.ExternAddress:
                SetAddress(register, value.Symbol!, value.Op == Op.GlobalAddress ? value.Immediate : 0);
                break;
            case Op.StackSlot:
            case Op.PointerOffset when Addresses.IsFolded(value):
                SetPointer(register, Addresses.Of(value));
                break;
            default:
                Copy(register, Home(value));
                break;
        }
    }

    /// <summary>Computes a base and a constant.</summary>
    public void SetPointer(int register, AddressMode mode)
    {
        if (mode.Base.Op == Op.StackSlot)
        {
            MachineInstruction address = Register(Operation.Mov, 64, register, MachineFacts.FramePointer);
            (address.Slot, address.Immediate) = (SlotOf(mode.Base), mode.Offset);
        }
        else if (mode.Base.Op == Op.GlobalAddress)
        {
            SetAddress(register, mode.Base.Symbol!, mode.Base.Immediate + mode.Offset);
        }
        else
        {
            UseInto(register, mode.Base);
            AddNumber(register, mode.Offset);
        }
    }

    /// <summary>A number in a register; one that was made on the way here serves again.</summary>
    public int Number(IrType type, long number)
    {
        if (type == IrType.I32) number = (uint)number;
        if (_made.TryGetValue((null, number), out int register)) return register;
        register = Machine.NewRegister();
        SetNumber(register, IrType.I64, number);
        return _made[(null, number)] = register;
    }

    /// <summary>An address in a register.</summary>
    public int Address(object symbol, long addend)
    {
        if (_made.TryGetValue((symbol, addend), out int register)) return register;
        register = Machine.NewRegister();
        SetAddress(register, symbol, addend);
        return _made[(symbol, addend)] = register;
    }

    /// <summary>Adds a number to a register, whatever its size.</summary>
    public void AddNumber(int register, long number)
    {
        if (number == 0) return;
        if (number == (int)number) Immediate(Operation.Add, 64, register, number);
        else Register(Operation.Add, 64, register, Number(IrType.I64, number));
    }

    public void SetNumber(int register, IrType type, long number)
    {
        if (type == IrType.I32) number = (uint)number;
        if (number == (int)number) Immediate(Operation.Mov, 64, register, number);
        else if (number == (uint)number) Immediate(Operation.Mov, 32, register, (int)number);
        else Immediate(Operation.LdImm64, 64, register, number);
    }

    public FrameSlot SlotOf(Value slot)
    {
        if (_slots.TryGetValue(slot, out FrameSlot? known)) return known;
        int size = (int)Math.Min(slot.Immediate, int.MaxValue / 2);
        // the frame is only accessed at multiples of the access' size, so that wide copies need wide alignment
        int alignment = Math.Max((int)slot.Width, size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : 1);
        return _slots[slot] = Machine.NewSlot(slot.Symbol as string ?? "temporary", size, alignment);
    }

    private void SetAddress(int register, object symbol, long addend)
    {
        MachineInstruction wide = Immediate(Operation.LdImm64, 64, register, addend);
        wide.Symbol = symbol;
    }
}
