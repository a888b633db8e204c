// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Tests.Verifier.Fuzzing;

/// <summary>Instructions being written, with jumps whose targets come later.</summary>
public sealed class FuzzCode
{
    private readonly List<Instruction> _code = [];

    public int Count => _code.Count;

    public Instruction this[int slot]
    {
        get => _code[slot];
        set => _code[slot] = value;
    }

    public Instruction[] ToArray() => [.. _code];

    public void Move(int destination, int source) => Register(Operation.Mov, 64, destination, source);

    public void Move(int destination, int source, int offset)
    {
        Move(destination, source);
        if (offset != 0) Immediate(Operation.Add, 64, destination, offset);
    }

    public void Set(int destination, int value) => Immediate(Operation.Mov, 64, destination, value);

    public void Immediate(Operation operation, int width, int destination, int value) => Add(operation, width, OperandForm.DstImm, destination, 0, 0, value);

    public void Register(Operation operation, int width, int destination, int source) => Add(operation, width, OperandForm.DstSrc, destination, source, 0, 0);

    public void Load(int size, int destination, int source, int offset) => Add(Operation.Load, size * 8, OperandForm.LoadMem, destination, source, offset, 0);

    public void LoadSigned(int size, int destination, int source, int offset) => Add(Operation.LoadSx, size * 8, OperandForm.LoadMem, destination, source, offset, 0);

    public void Store(int size, int destination, int offset, int source) => Add(Operation.StoreRegister, size * 8, OperandForm.StoreReg, destination, source, offset, 0);

    public void StoreImmediate(int size, int destination, int offset, int value) => Add(Operation.StoreImmediate, size * 8, OperandForm.StoreImm, destination, 0, offset, value);

    public void Call(int helper) => Add(Operation.CallHelper, 0, OperandForm.Call, 0, 0, 0, helper);

    public void Exit() => Add(Operation.Exit, 0, OperandForm.None, 0, 0, 0, 0);

    /// <summary>A wide load of a map, or of an address inside the value of an array's only element.</summary>
    public void Map(int destination, int map, int valueOffset = -1)
    {
        _code.Add(new Instruction(OpcodeTable.LdImm64, destination, (int)(valueOffset < 0 ? PseudoSource.MapIndex : PseudoSource.MapIndexValue), 0, map));
        _code.Add(new Instruction(0, 0, 0, 0, Math.Max(0, valueOffset)));
    }

    public void Wide(int destination, long value)
    {
        _code.Add(new Instruction(OpcodeTable.LdImm64, destination, 0, 0, (int)value));
        _code.Add(new Instruction(0, 0, 0, 0, (int)(value >> 32)));
    }

    /// <summary>A conditional jump; its target is set by <see cref="Land"/>.</summary>
    public int JumpIf(Operation operation, int width, int left, int immediate)
    {
        Add(operation, width, OperandForm.DstImmJump, left, 0, 0, immediate);
        return _code.Count - 1;
    }

    /// <inheritdoc cref="JumpIf"/>
    public int JumpIfRegister(Operation operation, int width, int left, int right)
    {
        Add(operation, width, OperandForm.DstSrcJump, left, right, 0, 0);
        return _code.Count - 1;
    }

    public int Jump()
    {
        Add(Operation.Ja, 0, OperandForm.Jump, 0, 0, 0, 0);
        return _code.Count - 1;
    }

    /// <summary>Lets a jump go to a slot; by default to the next one.</summary>
    public void Land(int jump, int target = -1) => _code[jump] = _code[jump].WithOffset((short)((target < 0 ? _code.Count : target) - jump - 1));

    public void Add(Operation operation, int width, OperandForm form, int destination, int source, int offset, int immediate)
    {
        OpcodeInfo row = OpcodeTable.Find(operation, width, form) ?? throw new InvalidOperationException($"{operation}{width} {form}");
        if (row.Discriminator == Discriminator.Offset) offset = row.DiscriminatorValue;
        if (row.Discriminator == Discriminator.Immediate) immediate = row.DiscriminatorValue;
        if (row.Discriminator == Discriminator.Source) source = row.DiscriminatorValue;
        _code.Add(new Instruction(row.Opcode, destination, source, (short)offset, immediate));
    }
}
