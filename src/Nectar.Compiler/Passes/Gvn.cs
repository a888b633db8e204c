// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes.Memory;

namespace Nectar.Compiler.Passes;

/// <summary>
/// Equal computations become one: pure ones wherever the first dominates the second, loads only along ways on which nothing can have written.
/// For addresses this is no luxury: the verifier believes a check of one sum, not of an equal second one.
/// </summary>
internal static class Gvn
{
    private readonly record struct Key(Op Op, IrType Type, byte Width, bool IsSigned, long Immediate, object? Symbol, int First, int Second, int Third)
    {
        public override int GetHashCode() => HashCode.Combine((int)Op | ((int)Type << 8) | (Width << 16), Immediate, First, Second, Third);
    }

    public static bool Run(IrFunction function, PassContext context) => new Walk(function).Run();

    private sealed class Walk(IrFunction function)
    {
        private readonly Dominance _dominance = function.Dominance;
        private readonly Aliasing _aliasing = new(function);
        private readonly Dictionary<Key, Value> _known = [];
        private readonly List<Key> _undo = [];
        private bool _changed;

        public bool Run()
        {
            // An explicit stack: chains of thousands of blocks are no reason to overflow the thread's.
            Stack<(Block? Block, int UndoTo, Dictionary<Key, Value>? Loads)> work = new();
            work.Push((function.Entry, 0, null));
            while (work.TryPop(out (Block? Block, int UndoTo, Dictionary<Key, Value>? Loads) item))
            {
                if (item.Block is not { } block)
                {
                    for (int i = item.UndoTo; i < _undo.Count; i++) _known.Remove(_undo[i]);
                    _undo.RemoveRange(item.UndoTo, _undo.Count - item.UndoTo);
                    continue;
                }

                work.Push((null, _undo.Count, null));
                Dictionary<Key, Value>? loads = item.Loads;
                Visit(block, ref loads);
                foreach (Block child in _dominance.Children(block))
                {
                    bool isOnlyWay = child.Predecessors.Count == 1;
                    work.Push((child, 0, isOnlyWay && loads?.Count > 0 ? new Dictionary<Key, Value>(loads) : null));
                }
            }

            return _changed;
        }

        private void Visit(Block block, ref Dictionary<Key, Value>? loads)
        {
            foreach (Value value in block.Values.ToArray())
            {
                if (value.Op == Op.Load)
                {
                    if (value.IsVolatile) continue;
                    Key load = KeyOf(value);
                    loads ??= [];
                    if (loads.TryGetValue(load, out Value? earlier)) Join(value, earlier);
                    else loads.Add(load, value);
                    continue;
                }

                if (value.Op.HasEffect())
                {
                    if (loads?.Count > 0 && !value.IsTerminator) Forget(value, loads);
                    continue;
                }

                if (!value.Op.IsPure() || value.Op is Op.Parameter or Op.Undefined || value.Operands.Count > 3) continue;
                Key key = KeyOf(value);
                if (_known.TryGetValue(key, out Value? first))
                {
                    Join(value, first);
                    continue;
                }

                _known.Add(key, value);
                _undo.Add(key);
            }
        }

        private void Join(Value value, Value earlier)
        {
            value.ReplaceUsesWith(earlier);
            value.Remove();
            _changed = true;
        }

        private void Forget(Value effect, Dictionary<Key, Value> loads)
        {
            List<Key>? gone = null;
            foreach ((Key key, Value load) in loads)
            {
                if (_aliasing.MayWrite(effect, Extent.Of(load[0], load.Immediate, load.Width))) (gone ??= []).Add(key);
            }

            if (gone is null) return;
            foreach (Key key in gone) loads.Remove(key);
        }

        private static Key KeyOf(Value value)
        {
            int first = value.Operands.Count > 0 ? value[0].Id : -1, second = value.Operands.Count > 1 ? value[1].Id : -1;
            if (value.Op.IsCommutative() && first > second) (first, second) = (second, first);
            return new Key(value.Op, value.Type, value.Width, value.IsSigned, value.Immediate, value.Symbol, first, second, value.Operands.Count > 2 ? value[2].Id : -1);
        }
    }
}
