// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Selection;

/// <summary>An address as a base and a constant, which loads and stores take in one instruction.</summary>
/// <param name="Base">What is in a register, or the frame, or a variable.</param>
/// <param name="Offset">Bytes from there.</param>
/// <param name="Slot">The part of the frame that the offset counts from, where the base is r10 plus a number.</param>
internal readonly record struct AddressMode(Value Base, long Offset, Value? Slot = null);

/// <summary>
/// Which constant offsets and fields are added where the address is used: nearly always in the instruction itself. An address that
/// several instructions want whole is computed once.
/// </summary>
internal sealed class AddressFolding
{
    private readonly bool[] _folded;

    public AddressFolding(IrFunction function, Dominance dominance)
    {
        _folded = new bool[function.ValueCount];
        foreach (Block block in dominance.ReversePostorder)
        {
            foreach (Value value in block.Values)
            {
                if (value.Op == Op.PointerOffset) _folded[value.Id] = Fits(value.Immediate) && (IsFrame(value[0]) || CountWhole(value, 0x4000) <= 1);
                else if (value.Op == Op.PointerAdd) _folded[value.Id] = FrameSum(value) is not null && CountWhole(value, 0x2000) == 0;
                else if (value.Op == Op.CoreField) _folded[value.Id] = value[0].Origin is not (PointerOrigin.Kernel or PointerOrigin.User) && CountWhole(value, 0) == 0;
            }
        }
    }

    /// <summary>True if a pointer has no register of its own.</summary>
    public bool IsFolded(Value value) => value.Id < _folded.Length && _folded[value.Id];

    /// <summary>The address of a pointer, through all constant offsets that have no register of their own.</summary>
    public AddressMode Of(Value pointer, long offset = 0)
    {
        while (pointer.Op == Op.PointerOffset && IsFolded(pointer) && Fits(offset + pointer.Immediate))
        {
            offset += pointer.Immediate;
            pointer = pointer[0];
        }

        if (!IsFrameSum(pointer)) return new AddressMode(pointer, offset);
        (Value slot, long distance) = FrameSum(pointer)!.Value;
        return new AddressMode(pointer, offset + distance, slot);
    }

    /// <summary>True for <c>slot + x</c> that is computed as <c>r10 + x</c>: where the slot lies goes into the accesses.</summary>
    public bool IsFrameSum(Value value) => value.Op == Op.PointerAdd && IsFolded(value);

    private static (Value Slot, long Distance)? FrameSum(Value sum)
    {
        Value start = sum[0];
        long distance = 0;
        for (; start.Op == Op.PointerOffset; start = start[0]) distance += start.Immediate;
        return start.Op == Op.StackSlot && Fits(distance) ? (start, distance) : null;
    }

    private static bool Fits(long offset) => offset is >= -0x7000 and <= 0x7000;

    private bool IsFrame(Value value) => value.Op == Op.StackSlot || (value.Op == Op.PointerOffset && IsFolded(value) && IsFrame(value[0]));

    /// <summary>Uses that do not take a constant of a size for nothing.</summary>
    private static int CountWhole(Value address, long size)
    {
        int whole = 0;
        foreach (Value user in address.Users)
        {
            bool absorbs = user.Op switch
            {
                Op.Load => user.Immediate >= -size && user.Immediate <= size,
                Op.PointerOffset => size > 0 && user.Immediate >= -size && user.Immediate <= size,
                Op.Store => user[1] != address && user.Immediate >= -size && user.Immediate <= size,
                Op.Atomic => size > 0 && user[0] == address && user.Immediate >= -size && user.Immediate <= size && !user.Operands.Skip(1).Contains(address),
                _ => false,
            };
            if (!absorbs) whole++;
        }

        return whole;
    }
}
