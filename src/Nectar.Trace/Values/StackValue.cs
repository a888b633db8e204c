// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Values;

/// <summary>A stack of the kernel or of a process; the innermost function first.</summary>
public sealed class StackValue : TraceValue
{
    internal StackValue(ImmutableArray<StackFrame> frames, StackMode mode, bool isUser)
    {
        Frames = frames;
        Mode = mode;
        IsUser = isUser;
    }

    /// <summary>The functions; empty if none could be recorded.</summary>
    public ImmutableArray<StackFrame> Frames { get; }

    /// <summary>Of a process, not of the kernel.</summary>
    public bool IsUser { get; }

    internal StackMode Mode { get; }
}
