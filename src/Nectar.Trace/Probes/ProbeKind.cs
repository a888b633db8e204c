// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Probes;

/// <summary>The kinds of hooks that scripts name.</summary>
internal enum ProbeKind : byte
{
    Begin, End, Tracepoint, RawTracepoint, Kprobe, Kretprobe, Fentry, Fexit, Uprobe, Uretprobe, Usdt,
    Profile, Interval, Software, Hardware, Iterator, Watchpoint, Self, Bench, Test,
}
