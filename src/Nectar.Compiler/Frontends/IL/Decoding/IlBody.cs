// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Frontends.IL.Decoding;

/// <summary>How a method uses one of its variables: what it may become without a look at the code.</summary>
[Flags]
internal enum VariableUse : byte
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>Read.</summary>
    Read = 1,

    /// <summary>Written once.</summary>
    Written = 2,

    /// <summary>Written at several places, or in a handler, of which there are copies.</summary>
    WrittenOften = 4,

    /// <summary>Its address is taken.</summary>
    Addressed = 8,

    /// <summary>There is a way to a reading place (or one that takes the address) that no writing place is on.</summary>
    ReadBeforeWritten = 16,
}

/// <summary>A method's code, decoded once for all places that it is inlined at and for all generic arguments.</summary>
internal sealed class IlBody
{
    public required IlInstruction[] Instructions { get; init; }

    public required IlBlock[] Blocks { get; init; }

    /// <summary>Inner ones first.</summary>
    public required IlRegion[] Regions { get; init; }

    /// <summary>Targets of <c>switch</c> instructions, as blocks.</summary>
    public required int[][] Switches { get; init; }

    /// <summary>By number; for instance methods number 0 is <c>this</c>.</summary>
    public required VariableUse[] Arguments { get; init; }

    /// <summary>By number.</summary>
    public required VariableUse[] Locals { get; init; }

    /// <summary>How many <c>ret</c> there are.</summary>
    public required int ReturnCount { get; init; }
}
