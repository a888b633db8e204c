// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;

namespace Nectar.Bpf.Diagnostics;

/// <summary>The base of every error that a user can cause; carries at least one diagnostic.</summary>
public class NectarException : Exception
{
    /// <summary>Makes an exception whose message is the text of its diagnostics.</summary>
    public NectarException(ImmutableArray<Diagnostic> diagnostics)
        : base(string.Join('\n', diagnostics.Select(d => d.ToString()))) => Diagnostics = diagnostics;

    /// <summary>Makes an exception with one diagnostic.</summary>
    public NectarException(Diagnostic diagnostic)
        : this([diagnostic])
    {
    }

    /// <summary>What is wrong, the first real problem first.</summary>
    public ImmutableArray<Diagnostic> Diagnostics { get; }
}

/// <summary>A text (assembly, script, filter, policy, C#) cannot be compiled.</summary>
public sealed class CompileException : NectarException
{
    /// <inheritdoc cref="NectarException(ImmutableArray{Diagnostic})"/>
    public CompileException(ImmutableArray<Diagnostic> diagnostics)
        : base(diagnostics)
    {
    }
}

/// <summary>A file (ELF, BTF, capture) does not have the form that it claims.</summary>
public sealed class ObjectFormatException : NectarException
{
    /// <inheritdoc cref="NectarException(ImmutableArray{Diagnostic})"/>
    public ObjectFormatException(ImmutableArray<Diagnostic> diagnostics)
        : base(diagnostics)
    {
    }

    /// <inheritdoc cref="NectarException(Diagnostic)"/>
    public ObjectFormatException(Diagnostic diagnostic)
        : base(diagnostic)
    {
    }
}

/// <summary>An object cannot be loaded into the machine in this process: bad instruction, unknown helper, impossible map.</summary>
public sealed class LoadException : NectarException
{
    /// <inheritdoc cref="NectarException(ImmutableArray{Diagnostic})"/>
    public LoadException(ImmutableArray<Diagnostic> diagnostics)
        : base(diagnostics)
    {
    }

    /// <inheritdoc cref="NectarException(Diagnostic)"/>
    public LoadException(Diagnostic diagnostic)
        : base(diagnostic)
    {
    }
}
