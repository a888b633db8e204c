// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Memory;

/// <summary>Bytes that an operation touches.</summary>
/// <param name="Root">What the address is computed from.</param>
/// <param name="Offset">From the root; null if it varies.</param>
/// <param name="Size">In bytes; null if it is not known.</param>
/// <param name="Origin">What the address points into.</param>
internal readonly record struct Extent(Value Root, long? Offset, long? Size, PointerOrigin Origin)
{
    public static Extent Of(Value pointer, long offset, long? size)
    {
        (Value root, long? distance) = PointerFacts.Root(pointer);
        return new Extent(root, distance + offset, size, root.Op == Op.StackSlot ? PointerOrigin.Stack : pointer.Origin);
    }
}

/// <summary>Which memory operations may touch the same bytes. Valid for a function until its addresses change.</summary>
internal sealed class Aliasing
{
    private readonly HashSet<Value> _escaped = [];

    public Aliasing(IrFunction function)
    {
        foreach (Value slot in function.Entry.Values)
        {
            if (slot.Op == Op.StackSlot && Escapes(slot)) _escaped.Add(slot);
        }
    }

    /// <summary>True if the address of a slot is anywhere but in accesses of it and arguments of helpers, which forget it.</summary>
    public bool IsEscaped(Value slot) => _escaped.Contains(slot);

    /// <summary>May both touch one byte?</summary>
    public bool MayOverlap(in Extent a, in Extent b)
    {
        if (ReferenceEquals(a.Root, b.Root))
        {
            if (a.Offset is not { } first || b.Offset is not { } second) return true;
            return (a.Size is not { } sizeA || first + sizeA > second) && (b.Size is not { } sizeB || second + sizeB > first);
        }

        bool isSlotA = a.Root.Op == Op.StackSlot, isSlotB = b.Root.Op == Op.StackSlot;
        if (isSlotA && isSlotB) return false;
        if (isSlotA || isSlotB) return IsEscaped(isSlotA ? a.Root : b.Root) && (isSlotA ? b : a).Origin is PointerOrigin.Unknown or PointerOrigin.Stack;
        if (a.Root.Op == Op.GlobalAddress && b.Root.Op == Op.GlobalAddress && !ReferenceEquals(a.Root.Symbol, b.Root.Symbol)) return false;
        return a.Origin == b.Origin || a.Origin == PointerOrigin.Unknown || b.Origin == PointerOrigin.Unknown;
    }

    /// <summary>May an operation write some of the bytes?</summary>
    public bool MayWrite(Value effect, in Extent bytes)
    {
        if (bytes.Origin == PointerOrigin.ReadOnlyData) return false;
        return effect.Op switch
        {
            Op.Store => MayOverlap(Extent.Of(effect[0], effect.Immediate, effect.Width), bytes),
            Op.MemoryCopy or Op.MemorySet => MayOverlap(Extent.Of(effect[0], 0, effect.Immediate), bytes),
            Op.Atomic => MayOverlap(Extent.Of(effect[0], 0, effect.Width), bytes),
            Op.Call => CallMayWrite(effect, bytes),
            _ => false,
        };
    }

    /// <summary>May an operation read some of the bytes?</summary>
    public bool MayRead(Value effect, in Extent bytes)
    {
        switch (effect.Op)
        {
            case Op.Load:
                return MayOverlap(Extent.Of(effect[0], effect.Immediate, effect.Width), bytes);
            case Op.MemoryCopy:
                return MayOverlap(Extent.Of(effect[1], 0, effect.Immediate), bytes);
            case Op.MemoryEqual:
                return MayOverlap(Extent.Of(effect[0], 0, effect.Immediate), bytes) || MayOverlap(Extent.Of(effect[1], 0, effect.Immediate), bytes);
            case Op.Atomic:
                return MayOverlap(Extent.Of(effect[0], 0, effect.Width), bytes);
            case Op.Call:
                return bytes.Root.Op != Op.StackSlot || IsEscaped(bytes.Root) || IsArgument(effect, bytes.Root);
            default:
                return false;
        }
    }

    private bool CallMayWrite(Value call, in Extent bytes)
    {
        if (bytes.Root.Op == Op.StackSlot)
        {
            if (call.Symbol is HelperTarget helper && !TakesCallback(call)) return WritesArgument(call, helper, bytes.Root);
            return IsEscaped(bytes.Root) || IsArgument(call, bytes.Root);
        }

        return bytes.Origin switch
        {
            PointerOrigin.Trusted or PointerOrigin.Kernel or PointerOrigin.User or PointerOrigin.ReadOnlyData => false, // others write there at any time anyway
            PointerOrigin.Context or PointerOrigin.Packet => call.Symbol is not CallTarget { ChangesPacket: false } || WritesAny((CallTarget)call.Symbol, call, bytes.Origin),
            PointerOrigin.Record => call.Symbol is not HelperTarget target || WritesAny(target, call, PointerOrigin.Record),
            _ => true,
        };
    }

    private static bool WritesAny(CallTarget target, Value call, PointerOrigin origin)
    {
        for (int i = 0; i < call.Operands.Count; i++)
        {
            if ((target.Writes & (1 << i)) != 0 && (call[i].Origin == origin || call[i].Origin == PointerOrigin.Unknown)) return true;
        }

        return false;
    }

    private static bool WritesArgument(Value call, HelperTarget target, Value slot)
    {
        for (int i = 0; i < call.Operands.Count; i++)
        {
            if (call[i].Type == IrType.Pointer && PointerFacts.Root(call[i]).Root == slot && ((target.Writes & (1 << i)) != 0 || (target.Reads & (1 << i)) == 0)) return true;
        }

        return false;
    }

    private static bool IsArgument(Value call, Value slot) => call.Operands.Any(operand => operand.Type == IrType.Pointer && PointerFacts.Root(operand).Root == slot);

    private static bool TakesCallback(Value call) => call.Operands.Any(operand => operand.Op == Op.FunctionAddress);

    private static bool Escapes(Value pointer)
    {
        foreach (Value user in pointer.Users)
        {
            switch (user.Op)
            {
                case Op.Load or Op.MemoryCopy or Op.MemorySet or Op.MemoryEqual:
                case Op.Store or Op.Atomic when !ReferenceEquals(user[1], pointer):
                case >= Op.Equal and <= Op.GreaterOrEqualSigned:
                    break;
                case Op.PointerOffset or Op.PointerAdd:
                    if (Escapes(user)) return true;
                    break;
                case Op.Call when user.Symbol is HelperTarget && !TakesCallback(user):
                    break; // a helper keeps no address of the frame
                default:
                    return true;
            }
        }

        return false;
    }
}
