// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Cleanup;

/// <summary>Something that a process of this library left in the kernel when it was killed.</summary>
public sealed class Leftover
{
    private readonly Func<bool> _remove;

    internal Leftover(LeftoverKind kind, int processId, string description, Func<bool> remove)
    {
        Kind = kind;
        ProcessId = processId;
        Description = description;
        _remove = remove;
    }

    /// <summary>What it is.</summary>
    public LeftoverKind Kind { get; }

    /// <summary>The process that made it, which has ended.</summary>
    public int ProcessId { get; }

    /// <summary>What it is and where, in words: <c>filter 'count' (program 12) at ingress of eth0</c>.</summary>
    public string Description { get; }

    /// <summary>Removes it from the kernel.</summary>
    /// <returns>False if it could not be removed: it is in use, or this process may not.</returns>
    public bool Remove() => _remove();

    /// <inheritdoc/>
    public override string ToString() => $"{Description}, made by process {ProcessId}";
}
