// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Passes.Lowering;

/// <summary>
/// Turns switches into comparisons: a chain where there are few cases, else a search by halves. BPF has no jump tables that older kernels
/// load, and the verifier follows each comparison once.
/// </summary>
internal static class SwitchLowering
{
    private const int LongestChain = 4;

    public static bool Run(IrFunction function, PassContext context)
    {
        bool changed = false;
        foreach (Block block in function.Blocks.ToArray())
        {
            if (block.Terminator is not { Op: Op.Switch } terminator) continue;
            new Expansion(block, terminator).Run();
            changed = true;
        }

        return changed;
    }

    private sealed class Expansion
    {
        private readonly IrBuilder _builder;
        private readonly Value _value;
        private readonly Block _otherwise;
        private readonly (long Number, Block Target)[] _cases;
        private readonly Dictionary<Block, Value[]> _phiOperands = [];

        public Expansion(Block block, Value terminator)
        {
            _builder = new IrBuilder(block.Function) { Location = terminator.Location, Block = block };
            _value = terminator[0];
            _otherwise = terminator.Targets[0];
            long[] numbers = (long[])terminator.Symbol!;
            _cases = [.. numbers.Select((number, i) => (number, terminator.Targets[i + 1])).Where(row => row.Item2 != _otherwise).OrderBy(row => row.number)];
            foreach (Block target in terminator.Targets)
            {
                int edge = target.Predecessors.IndexOf(block);
                _phiOperands[target] = [.. target.Phis.Select(phi => phi[edge])];
            }

            block.RemoveTerminator();
        }

        public void Run() => Search(_cases);

        private void Search(ReadOnlySpan<(long Number, Block Target)> cases)
        {
            if (cases.IsEmpty)
            {
                _builder.Jump(_otherwise);
                Complete(_otherwise);
                return;
            }

            if (cases.Length > LongestChain)
            {
                int middle = cases.Length / 2;
                Block lower = _builder.Function.NewBlock(), upper = _builder.Function.NewBlock();
                _builder.Branch(_builder.Compare(Op.LessSigned, _value, _builder.Constant(_value.Type, cases[middle].Number)), lower, upper);
                _builder.Block = lower;
                Search(cases[..middle]);
                _builder.Block = upper;
                Search(cases[middle..]);
                return;
            }

            for (int i = 0; i < cases.Length; i++)
            {
                Value equal = _builder.Compare(Op.Equal, _value, _builder.Constant(_value.Type, cases[i].Number));
                bool isLast = i == cases.Length - 1;
                Block next = isLast ? _otherwise : _builder.Function.NewBlock();
                _builder.Branch(equal, cases[i].Target, next);
                Complete(cases[i].Target);
                if (isLast) Complete(_otherwise);
                _builder.Block = next;
            }
        }

        /// <summary>An edge was added to a target: its phis get what they had from the switch.</summary>
        private void Complete(Block target)
        {
            int i = 0;
            foreach (Value phi in target.Phis) phi.AddOperand(_phiOperands[target][i++]);
        }
    }
}
