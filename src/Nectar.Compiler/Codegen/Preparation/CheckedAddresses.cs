// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen.Preparation;

/// <summary>
/// A packet check compares <c>p + n</c> with the end, and what follows loads from <c>p</c>: two registers and a copy. Where all that follows can just
/// as well count back from the sum, <c>p</c> ends there and the sum is made in its place: <c>p += n; if p &gt; end; x = *(p - n + 12)</c>.
/// The verifiers keep the constant part of a packet pointer apart and take distances below it.
/// </summary>
internal sealed class CheckedAddresses
{
    private readonly Dominance _dominance;

    private CheckedAddresses(IrFunction function) => _dominance = function.Dominance;

    public static void Run(IrFunction function)
    {
        CheckedAddresses pass = new(function);
        foreach (Block block in pass._dominance.ReversePostorder)
        {
            for (int i = 0; i < block.Values.Count; i++)
            {
                Value sum = block.Values[i];
                if (sum.Op == Op.PointerOffset && sum.Immediate is >= -0x3000 and <= 0x3000 && IsPacket(sum[0]) && IsWhole(sum)) pass.TryRebase(sum);
            }
        }
    }

    private static bool IsPacket(Value pointer) => pointer.Origin == PointerOrigin.Packet && pointer.Op is Op.Load or Op.PointerAdd or Op.PointerOffset or Op.IntegerToPointer;

    private static bool IsWhole(Value address) => address.Users.Any(user => user.Op.IsComparison());

    private void TryRebase(Value sum)
    {
        Value start = sum[0];
        List<Value> later = [];
        HashSet<Block> reached = Reached(sum, start);
        if (reached.Contains(sum.Block!)) return; // a loop around it adds to the same address again
        foreach (Value user in start.Users)
        {
            if (user == sum || !_dominance.IsReachable(user.Block!)) continue;
            bool follows = user.Block == sum.Block ? sum.Block!.IndexOf(sum) < user.Block!.IndexOf(user) : reached.Contains(user.Block!);
            if (!follows) continue;
            if (!IsDominated(sum, user)) return;
            later.Add(user);
        }

        int gain = 1;
        int cost = 0;
        foreach (Value user in later)
        {
            if (later.Count(other => other == user) > 1) return;
            switch (user.Op)
            {
                case Op.Load:
                case Op.Store when user[1] != start:
                    break;
                case Op.PointerOffset:
                    if (IsWhole(user)) gain++; // it goes on from here in the same way
                    else if (user.Immediate == sum.Immediate) return; // numbering was to have joined them
                    break;
                case Op.PointerAdd when user[0] == start && CanShift(user):
                    break;
                case Op.PointerDifference:
                    cost++;
                    break;
                default:
                    return;
            }
        }

        if (gain <= cost) return;
        foreach (Value user in later) Rebase(sum, user);
    }

    /// <summary>True if all uses of an address take a constant for nothing.</summary>
    private static bool CanShift(Value address) => address.Users.All(user => user.Op switch
    {
        Op.Load or Op.PointerOffset => true,
        Op.Store => user[1] != address,
        Op.PointerAdd => user[0] == address && CanShift(user),
        _ => false,
    });

    /// <summary>An address has become greater: its uses count back.</summary>
    private static void Shift(Value address, long back)
    {
        foreach (Value user in address.Users)
        {
            if (user.Op == Op.PointerAdd) Shift(user, back);
            else user.Immediate += back;
        }
    }

    private static void Rebase(Value sum, Value user)
    {
        Value start = sum[0];
        long back = -sum.Immediate;
        switch (user.Op)
        {
            case Op.Load or Op.Store or Op.PointerOffset:
                user.Immediate += back;
                user[0] = sum;
                if (user is not { Op: Op.PointerOffset, Immediate: 0 }) break;
                user.ReplaceUsesWith(sum);
                break;
            case Op.PointerAdd:
                Shift(user, back);
                user[0] = sum;
                break;
            default:
                bool isLeft = user[0] == start;
                Value distance = user.Block!.Function.Constant(IrType.I64, isLeft ? back : -back);
                Value corrected = After(user, Op.Add, IrType.I64, user, distance);
                ReplaceOthers(user, corrected);
                user[isLeft ? 0 : 1] = sum;
                break;
        }
    }

    private static Value After(Value place, Op op, IrType type, params ReadOnlySpan<Value> operands)
    {
        Value value = place.Block!.Function.NewValue(op, type, operands);
        value.Location = place.Location;
        return place.Block.Insert(place.Block.IndexOf(place) + 1, value);
    }

    private static void ReplaceOthers(Value old, Value by)
    {
        foreach (Value user in old.Users.ToArray())
        {
            if (user == by) continue;
            for (int i = 0; i < user.Operands.Count; i++)
            {
                if (user[i] == old) user[i] = by;
            }
        }
    }

    private bool IsDominated(Value by, Value use)
    {
        if (use.Op == Op.Phi) return false;
        return use.Block == by.Block ? by.Block!.IndexOf(by) < by.Block.IndexOf(use) : _dominance.IsDominated(use.Block!, by.Block!);
    }

    /// <summary>Blocks that control gets to behind a value, without passing the computation of another on the way.</summary>
    private static HashSet<Block> Reached(Value from, Value stop)
    {
        HashSet<Block> seen = [];
        Stack<Block> open = new([from.Block!]);
        while (open.TryPop(out Block? block))
        {
            foreach (Block successor in block.Successors)
            {
                if (successor != stop.Block && seen.Add(successor)) open.Push(successor);
            }
        }

        return seen;
    }
}
