// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Samples;

/// <summary>How long reads of files take: a histogram of powers of two microseconds.</summary>
public sealed unsafe class ReadLatency : Probe
{
    private readonly HashMap<uint, ulong> _starts = new(10240);
    public readonly Histogram Microseconds = new(64);

    [Fentry("vfs_read")]
    public void Enter(void* file) => _starts.Set(Bpf.Tid, Bpf.KtimeGetNs());

    [Fexit("vfs_read")]
    public void Exit(void* file, byte* buffer, nuint count, long* position, long result)
    {
        if (!_starts.TryFind(Bpf.Tid, out Ref<ulong> start)) return;
        Microseconds.Add((Bpf.KtimeGetNs() - start.Value) / 1000);
        _starts.Remove(Bpf.Tid);
    }
}
