// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Types;

/// <summary>How stacks are printed (<c>stack_mode</c>).</summary>
internal enum StackMode : byte
{
    Bpftrace, Perf, Raw, BuildId,
}

/// <summary>Mode and most frames of a <c>kstack</c> or <c>ustack</c>.</summary>
internal sealed record StackOptions(StackMode Mode, int Limit);
