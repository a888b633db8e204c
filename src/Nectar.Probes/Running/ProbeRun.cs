// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Vm;

namespace Nectar.Probes;

/// <summary>What a run gave.</summary>
/// <typeparam name="T">The verdict.</typeparam>
public sealed class ProbeRun<T>
{
    /// <summary>What the program returned.</summary>
    public required T Verdict { get; init; }

    /// <summary>The packet as the program left it; empty for programs without.</summary>
    public byte[] Packet { get; init; } = [];

    /// <summary>The context as the program left it.</summary>
    public byte[] Context { get; init; } = [];

    /// <summary>What redirect helpers decided; the kernel does not tell.</summary>
    public IReadOnlyList<Redirect> Redirects { get; init; } = [];

    /// <summary>Signals that the program sent; the kernel sends them.</summary>
    public IReadOnlyList<int> Signals { get; init; } = [];

    /// <summary>On the CLR: why the program was aborted; null if it was not.</summary>
    public Exception? Abort { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Abort is null ? $"{Verdict}" : $"{Verdict} ({Abort.Message})";
}
