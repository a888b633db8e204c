// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Ir;

/// <summary>A program's entry or a subprogram.</summary>
internal sealed class IrFunction
{
    private int _nextValue;
    private int _nextBlock;
    private Dominance? _dominance;

    public IrFunction(string name, IrType result)
    {
        Name = name;
        Result = result;
        Entry = NewBlock();
    }

    /// <summary>The symbol: a C identifier.</summary>
    public string Name { get; }

    public IrType Result { get; }

    /// <summary>Values of <see cref="Op.Parameter"/>, all in the entry block; at most five.</summary>
    public List<Value> Parameters { get; } = [];

    public Block Entry { get; }

    /// <summary>Entry first; otherwise any order until layout.</summary>
    public List<Block> Blocks { get; } = [];

    /// <summary>The BTF number of its FUNC in the module's types; 0 until made.</summary>
    public uint TypeId { get; set; }

    /// <summary>Verified on its own (global) instead of in its caller's context.</summary>
    public bool IsGlobal { get; set; }

    /// <summary>Where it begins in the source.</summary>
    public SourceLocation? Location { get; set; }

    /// <summary>More than any value's number.</summary>
    public int ValueCount => _nextValue;

    /// <summary>More than any block's number.</summary>
    public int BlockCount => _nextBlock;

    /// <summary>Order and dominators of the blocks as they are now: made when asked for after a change of the graph.</summary>
    public Dominance Dominance => _dominance ??= new Dominance(this);

    public Block NewBlock()
    {
        GraphChanged();
        Block block = new(this, _nextBlock++);
        Blocks.Add(block);
        return block;
    }

    /// <summary>Makes a value that is in no block yet.</summary>
    public Value NewValue(Op op, IrType type, params ReadOnlySpan<Value> operands) => new(_nextValue++, op, type, operands);

    /// <summary>There are other blocks or edges.</summary>
    internal void GraphChanged() => _dominance = null;

    /// <summary>A number at the beginning of the entry block, where it dominates everything.</summary>
    public Value Constant(IrType type, long number)
    {
        Value value = NewValue(Op.Constant, type);
        value.Immediate = type == IrType.I32 ? (int)number : number;
        return Entry.Insert(Parameters.Count, value);
    }

    public override string ToString() => Name;
}
