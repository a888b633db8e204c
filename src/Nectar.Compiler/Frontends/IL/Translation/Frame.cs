// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Decoding;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>A method whose code is being put where it is called.</summary>
internal sealed class Frame
{
    private Block?[]? _aborts;

    public required MethodModel Method { get; init; }

    public required IlBody Body { get; init; }

    /// <summary>Who called; null for the function's own method.</summary>
    public required Frame? Caller { get; init; }

    /// <summary>Where the call is.</summary>
    public required SourceLocation? CalledFrom { get; init; }

    /// <summary>The block of the caller that the call is in.</summary>
    public required IlBlock? CallBlock { get; init; }

    /// <summary>Where the program ends from here if no handler of this method is in between.</summary>
    public Block? AbortOutside { get; set; }

    public required int Depth { get; init; }

    /// <summary>Arguments by number, <c>this</c> first.</summary>
    public required Variable[] Arguments { get; init; }

    public required Variable[] Locals { get; init; }

    /// <summary>The evaluation stack.</summary>
    public List<Operand> Stack { get; set; } = [];

    /// <summary>Where control goes on behind the call, where there are several <c>ret</c>.</summary>
    public Block? ReturnBlock { get; set; }

    /// <summary>What is returned, where there are several <c>ret</c>.</summary>
    public Variable? Result { get; set; }

    /// <summary>What the only <c>ret</c> returned.</summary>
    public Operand Returned { get; set; }

    /// <summary>The block behind the only <c>ret</c>; null if it was not reached.</summary>
    public Block? EndBlock { get; set; }

    /// <summary>Where the program ends from within a protected region, by region: its handlers run first.</summary>
    public Block?[] Aborts => _aborts ??= new Block?[Body.Regions.Length];

    /// <summary>Copies of handlers: by region and by what comes after.</summary>
    public Dictionary<(int Region, Block Continuation), Block> Handlers { get; } = [];

    /// <summary>Where the method's statements are in the source; index in its sequence points.</summary>
    public int Point { get; set; } = -1;
}

/// <summary>Blocks of IL that are translated together: a method's, or those of one copy of a handler.</summary>
/// <param name="handler">The region whose handler it is; -1 for the method.</param>
/// <param name="continuation">Where <c>endfinally</c> goes.</param>
/// <param name="blocks">How many blocks the method has.</param>
internal sealed class Scope(int handler, Block? continuation, int blocks)
{
    public int Handler => handler;

    public Block? Continuation => continuation;

    public BlockState?[] States { get; } = new BlockState?[blocks];

    /// <summary>Blocks that control reaches and that are not translated yet, by their order.</summary>
    public PriorityQueue<IlBlock, int> Pending { get; } = new();
}

/// <summary>A block of IL in one scope.</summary>
internal sealed class BlockState(Block block)
{
    public Block Block => block;

    public bool IsDone { get; set; }

    /// <summary>What is on the stack at its start, if there is one way in only.</summary>
    public Operand[]? Entry { get; set; }

    /// <summary>Places for what is on the stack at its start, if there are several ways in.</summary>
    public Variable[]? Places { get; set; }
}
