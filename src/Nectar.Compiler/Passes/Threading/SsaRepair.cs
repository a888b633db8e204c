// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Threading;

/// <summary>
/// Puts phis where a value now has several definitions, because the block that made it was copied. Finds what reaches a use on demand
/// (Braun and others, "Simple and Efficient Construction of Static Single Assignment Form").
/// </summary>
internal sealed class SsaRepair
{
    private readonly IrFunction _function;
    private readonly IrType _type;
    private readonly PointerOrigin _origin;
    private readonly Dictionary<Block, Value> _atEnd;
    private readonly Dictionary<Block, Value> _atStart = [];
    private readonly Stack<Value> _open = new(); // phis without operands

    /// <param name="original">The value that was the only one.</param>
    /// <param name="definitions">What it is at the end of each block that defines it.</param>
    public SsaRepair(Value original, Dictionary<Block, Value> definitions)
    {
        _function = original.Block!.Function;
        (_type, _origin, _atEnd) = (original.Type, original.Origin, definitions);
    }

    /// <summary>Lets uses outside of the block of the original see the definition that reaches them.</summary>
    public void Rewrite(Value original)
    {
        Block home = original.Block!;
        foreach (Value user in original.Users.ToArray())
        {
            if (user.Block == home && user.Op != Op.Phi) continue;
            for (int i = 0; i < user.Operands.Count; i++)
            {
                if (!ReferenceEquals(user[i], original)) continue;
                Value seen = user.Op == Op.Phi ? AtEnd(user.Block!.Predecessors[i]) : AtStart(user.Block!);
                if (!ReferenceEquals(seen, original)) user[i] = seen;
            }
        }

        // operands come last, from a list and not by recursion: functions may be deep
        while (_open.TryPop(out Value? phi))
        {
            foreach (Block predecessor in phi.Block!.Predecessors) phi.AddOperand(AtEnd(predecessor));
        }
    }

    private Value AtEnd(Block block) => _atEnd.TryGetValue(block, out Value? value) ? value : AtStart(block);

    private Value AtStart(Block block)
    {
        // up to where the value is known, or ways meet, or a ring that nothing enters any more is closed
        Block top = block;
        Value? value = null;
        for (int steps = 0; !_atStart.TryGetValue(top, out value) && top.Predecessors.Count == 1 && steps < _function.BlockCount; steps++)
        {
            Block before = top.Predecessors[0];
            if (_atEnd.TryGetValue(before, out value)) break;
            top = before;
        }

        value ??= New(top);
        for (Block at = block; _atStart.TryAdd(at, value) && at != top;) at = at.Predecessors[0];
        return value;
    }

    private Value New(Block block)
    {
        if (block.Predecessors.Count < 2)
        {
            Value nothing = _function.NewValue(Op.Undefined, _type);
            return block.Insert(block.FirstOrdinary, nothing);
        }

        Value phi = _function.NewValue(Op.Phi, _type);
        phi.Origin = _origin;
        _open.Push(phi);
        return block.Insert(0, phi);
    }
}
