// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Frontends.IL.Decoding;

/// <summary>Instructions that run one after the other; control enters at the first only.</summary>
internal sealed class IlBlock
{
    /// <summary>The place in <see cref="IlBody.Blocks"/>.</summary>
    public required int Index { get; init; }

    /// <summary>The first instruction.</summary>
    public required int First { get; init; }

    /// <summary>Behind the last instruction.</summary>
    public required int End { get; init; }

    /// <summary>Where it goes to, without <c>leave</c>, which passes handlers first. The order: fall through last.</summary>
    public int[] Successors { get; set; } = [];

    /// <summary>Edges that come in, those of <c>leave</c> included; the method's entry counts as one.</summary>
    public int Predecessors { get; set; }

    /// <summary>Its place in reverse postorder: everything that is not a loop's back edge comes from smaller ones.</summary>
    public int Order { get; set; } = int.MaxValue;

    /// <summary>The regions whose protected code it is in, inner ones first: indices of <see cref="IlBody.Regions"/>.</summary>
    public int[] Protected { get; set; } = [];

    /// <summary>The innermost region whose handler it is in; -1 if none.</summary>
    public int Handler { get; set; } = -1;
}

/// <summary>What an exception region is for.</summary>
internal enum IlRegionKind : byte
{
    /// <summary><c>finally</c>: runs on every way out.</summary>
    Finally,

    /// <summary><c>fault</c>: runs on exceptions only.</summary>
    Fault,

    /// <summary><c>catch</c>, with a filter or without.</summary>
    Catch,
}

/// <summary>A region of protected code and its handler, in blocks; ends are exclusive.</summary>
internal sealed record IlRegion(IlRegionKind Kind, int TryFirst, int TryEnd, int HandlerFirst, int HandlerEnd)
{
    public bool Protects(int block) => block >= TryFirst && block < TryEnd;

    public bool Handles(int block) => block >= HandlerFirst && block < HandlerEnd;
}
