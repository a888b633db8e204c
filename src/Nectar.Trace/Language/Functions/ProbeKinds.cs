// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Probes;

namespace Nectar.Trace.Language.Functions;

/// <summary>A set of probe kinds: those that have what a builtin or function needs.</summary>
internal sealed class ProbeKinds(params ReadOnlySpan<ProbeKind> kinds)
{
    private readonly uint _bits = Bits(kinds);

    public static readonly ProbeKinds Arguments = new(ProbeKind.Kprobe, ProbeKind.Uprobe, ProbeKind.Usdt, ProbeKind.RawTracepoint);
    public static readonly ProbeKinds Returns = new(ProbeKind.Kretprobe, ProbeKind.Uretprobe, ProbeKind.Fentry, ProbeKind.Fexit);
    public static readonly ProbeKinds Functions = new(ProbeKind.Kprobe, ProbeKind.Kretprobe, ProbeKind.Uprobe, ProbeKind.Uretprobe, ProbeKind.Fentry, ProbeKind.Fexit);
    public static readonly ProbeKinds Structured = new(ProbeKind.Tracepoint, ProbeKind.RawTracepoint, ProbeKind.Fentry, ProbeKind.Fexit, ProbeKind.Uprobe);
    public static readonly ProbeKinds UserSpace = new(ProbeKind.Uprobe, ProbeKind.Uretprobe, ProbeKind.Usdt);
    public static readonly ProbeKinds Registers = new(ProbeKind.Kprobe, ProbeKind.Kretprobe, ProbeKind.Uprobe, ProbeKind.Uretprobe, ProbeKind.Usdt,
        ProbeKind.Profile, ProbeKind.Interval, ProbeKind.Software, ProbeKind.Hardware, ProbeKind.Watchpoint);
    public static readonly ProbeKinds Tracing = new(ProbeKind.Fentry, ProbeKind.Fexit, ProbeKind.Iterator, ProbeKind.RawTracepoint);
    public static readonly ProbeKinds Paths = new(ProbeKind.Fentry, ProbeKind.Fexit, ProbeKind.Iterator);
    public static readonly ProbeKinds Signals = new(ProbeKind.Kprobe, ProbeKind.Kretprobe, ProbeKind.Uprobe, ProbeKind.Uretprobe, ProbeKind.Usdt,
        ProbeKind.Tracepoint, ProbeKind.Profile, ProbeKind.Fentry, ProbeKind.Fexit, ProbeKind.RawTracepoint);

    public bool Contains(ProbeKind kind) => ((_bits >> (int)kind) & 1) != 0;

    private static uint Bits(ReadOnlySpan<ProbeKind> kinds)
    {
        uint bits = 0;
        foreach (ProbeKind kind in kinds) bits |= 1u << (int)kind;
        return bits;
    }
}
