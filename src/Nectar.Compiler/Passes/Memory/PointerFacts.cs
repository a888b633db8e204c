// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Memory;

/// <summary>What is known of an address without looking further than its own computation.</summary>
internal static class PointerFacts
{
    /// <summary>The value that an address is computed from, and the constant distance; null distance if a part varies.</summary>
    public static (Value Root, long? Distance) Root(Value pointer)
    {
        long? distance = 0;
        while (true)
        {
            switch (pointer.Op)
            {
                case Op.PointerOffset:
                    distance += pointer.Immediate;
                    break;
                case Op.PointerAdd when pointer[1].IsConstant:
                    distance += pointer[1].Immediate;
                    break;
                case Op.PointerAdd:
                    distance = null;
                    break;
                default:
                    return (pointer, distance);
            }

            pointer = pointer[0];
        }
    }

    /// <summary>
    /// The widest access in bytes that an address allows: the verifier demands aligned accesses of the frame only, other memory may be read
    /// anyhow on the machines that BPF code of ours is for.
    /// </summary>
    public static int WidestAccess(Value pointer, long offset)
    {
        (Value root, long? distance) = Root(pointer);
        // A callback reaches its caller's frame through pointers, which lead to slots of whole words.
        if (root.Op != Op.StackSlot && root.Origin != PointerOrigin.Stack) return 8;
        if (distance is not { } known) return 1;
        long at = known + offset;
        int width = root.Op != Op.StackSlot || root.Width == 0 ? 8 : root.Width;
        while (width > 1 && at % width != 0) width /= 2;
        return width;
    }

    /// <summary>True for an address in the frame, or in that of the function that calls back.</summary>
    public static bool IsStack(Value pointer) => Root(pointer).Root is { Op: Op.StackSlot } or { Origin: PointerOrigin.Stack };

    /// <summary>The bytes of a constant that no loader changes, from an address on; null if they are not known.</summary>
    public static ReadOnlyMemory<byte>? ConstantBytes(Value pointer)
    {
        (Value root, long? distance) = Root(pointer);
        if (root is not { Op: Op.GlobalAddress, Symbol: GlobalSymbol { IsReadOnly: true, IsVisible: false } variable } || distance is not { } known) return null;
        long at = known + root.Immediate;
        return at >= 0 && at <= variable.Bytes.Length ? variable.Bytes.AsMemory((int)at) : null;
    }
}
