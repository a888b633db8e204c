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
    /// <summary>
    /// Values that compute the same from the same. Operands of a value are not exchanged any more once it was compared: what they are computed by
    /// dominates it and was visited before.
    /// </summary>
    private sealed class SameComputation : IEqualityComparer<Value>
    {
        public bool Equals(Value? x, Value? y)
        {
            if (ReferenceEquals(x, y)) return true;
            if (x is null || y is null || x.Op != y.Op || x.Type != y.Type || x.Width != y.Width || x.IsSigned != y.IsSigned || x.Immediate != y.Immediate || !Equals(x.Symbol, y.Symbol)) return false;
            if (x.Operands.Count != y.Operands.Count) return false;
            if (x.Op.IsCommutative() && x[0] == y[1] && x[1] == y[0]) return true;
            for (int i = 0; i < x.Operands.Count; i++)
            {
                if (x[i] != y[i]) return false;
            }

            return true;
        }

        public int GetHashCode(Value value)
        {
            long hash = (uint)value.Op + ((uint)value.Type << 8) + ((uint)value.Width << 16) + ((uint)value.Operands.Count << 24);
            hash = hash * Mix + value.Immediate;
            if (value.Op.IsCommutative()) hash = hash * Mix + (value[0].Id ^ value[1].Id);
            else
            {
                foreach (Value operand in value.Operands) hash = hash * Mix + operand.Id;
            }

            return (int)(hash * Mix >> 32);
        }

        /// <summary>2⁶⁴ divided by the golden ratio.</summary>
        private const long Mix = unchecked((long)0x9E3779B97F4A7C15);
    }

    private static readonly SameComputation s_same = new();

    public static bool Run(IrFunction function, PassContext context) => new Walk(function).Run();

    private sealed class Walk(IrFunction function)
    {
        private readonly Dominance _dominance = function.Dominance;
        private readonly Aliasing _aliasing = new(function);
        private readonly HashSet<Value> _known = new(s_same);
        private readonly List<Value> _undo = [];
        private readonly List<Value> _values = [];
        private readonly List<Value> _gone = [];
        private bool _changed;

        public bool Run()
        {
            // An explicit stack: chains of thousands of blocks are no reason to overflow the thread's.
            Stack<(Block? Block, int UndoTo, HashSet<Value>? Loads)> work = new();
            work.Push((function.Entry, 0, null));
            while (work.TryPop(out (Block? Block, int UndoTo, HashSet<Value>? Loads) item))
            {
                if (item.Block is not { } block)
                {
                    for (int i = item.UndoTo; i < _undo.Count; i++) _known.Remove(_undo[i]);
                    _undo.RemoveRange(item.UndoTo, _undo.Count - item.UndoTo);
                    continue;
                }

                work.Push((null, _undo.Count, null));
                HashSet<Value>? loads = item.Loads;
                Visit(block, ref loads);
                bool isTaken = false;
                foreach (Block child in _dominance.Children(block))
                {
                    if (child.Predecessors.Count != 1 || loads is not { Count: > 0 })
                    {
                        work.Push((child, 0, null));
                        continue;
                    }

                    // The first takes the table over, others get copies, which are made before anybody changes it.
                    work.Push((child, 0, isTaken ? new HashSet<Value>(loads, s_same) : loads));
                    isTaken = true;
                }
            }

            return _changed;
        }

        private void Visit(Block block, ref HashSet<Value>? loads)
        {
            _values.Clear();
            _values.AddRange(block.Values.Span);
            foreach (Value value in _values)
            {
                if (value.Op == Op.Load)
                {
                    if (value.IsVolatile) continue;
                    loads ??= new HashSet<Value>(s_same);
                    if (loads.TryGetValue(value, out Value? earlier)) Join(value, earlier);
                    else loads.Add(value);
                    continue;
                }

                if (value.Op.HasEffect())
                {
                    if (loads?.Count > 0 && !value.IsTerminator) Forget(value, loads);
                    continue;
                }

                if (!value.Op.IsPure() || value.Op is Op.Parameter or Op.Undefined || value.Operands.Count > 3) continue;
                if (_known.TryGetValue(value, out Value? first))
                {
                    Join(value, first);
                    continue;
                }

                _known.Add(value);
                _undo.Add(value);
            }
        }

        private void Join(Value value, Value earlier)
        {
            value.ReplaceUsesWith(earlier);
            value.Remove();
            _changed = true;
        }

        private void Forget(Value effect, HashSet<Value> loads)
        {
            _gone.Clear();
            foreach (Value load in loads)
            {
                if (_aliasing.MayWrite(effect, Extent.Of(load[0], load.Immediate, load.Width))) _gone.Add(load);
            }

            foreach (Value load in _gone) loads.Remove(load);
        }
    }
}
