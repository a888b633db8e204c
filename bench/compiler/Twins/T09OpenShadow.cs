// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Twins;

/// <summary>09: is the file name "/etc/shadow"?</summary>
public sealed unsafe class T09OpenShadow : Probe
{
    public readonly ArrayMap<ulong> Hits = new(1);

    [Tracepoint("syscalls", "sys_enter_openat")]
    public void open_shadow(SyscallEnter call)
    {
        Bytes64 name;
        System.Runtime.CompilerServices.Unsafe.SkipInit(out name);
        Span<byte> text = name;
        if (Bpf.ProbeReadUserStr(text, call.Pointer(1)) != 12 || !text[..12].SequenceEqual("/etc/shadow\0"u8)) return;
        if (Hits.TryFind(0, out Ref<ulong> count)) Bpf.Add(ref count.Value, 1);
    }
}

/// <summary>09b: the same with a loop over a text from a map.</summary>
public sealed unsafe class T09OpenNeedle : Probe
{
    public readonly ArrayMap<Bytes64> Needles = new(1);
    public readonly ArrayMap<ulong> Hits = new(1);

    [Tracepoint("syscalls", "sys_enter_openat")]
    public void open_needle(SyscallEnter call)
    {
        Bytes64 name = default;
        if (!Needles.TryFind(0, out Ref<Bytes64> needle)) return;
        Bpf.ProbeReadUserStr(name, call.Pointer(1));
        for (int i = 0; i < 64; i++)
        {
            if (name[i] != needle.Value[i]) return;
            if (name[i] == 0) break;
        }

        if (Hits.TryFind(0, out Ref<ulong> count)) Bpf.Add(ref count.Value, 1);
    }
}
