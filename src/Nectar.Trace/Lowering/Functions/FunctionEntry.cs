// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Lowering.Functions;

/// <summary>A function of the language: how its code is made. Its forms and types are the binder's affair (<c>FunctionTable</c>).</summary>
/// <param name="Name">As scripts write it.</param>
internal sealed record FunctionEntry(string Name)
{
    /// <summary>Makes the value; null if <see cref="Write"/> does.</summary>
    public FunctionHandler? Make { get; init; }

    /// <summary>Writes the value's bytes where they are wanted.</summary>
    public BytesHandler? Write { get; init; }

    /// <summary>Bytes that <see cref="Write"/> uses behind the value's own.</summary>
    public int Slack { get; init; }

    public static FunctionEntry Of(string name, FunctionHandler make) => new(name) { Make = make };

    public static FunctionEntry Bytes(string name, BytesHandler write, int slack = 0) => new(name) { Write = write, Slack = slack };
}
