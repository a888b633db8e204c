// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Samples;

/// <summary>What a process is about to encrypt.</summary>
public struct SslEvent
{
    /// <summary>Nanoseconds since boot.</summary>
    public ulong Time;
    public uint Pid;

    /// <summary>Bytes written; the first 512 of them are in <see cref="Data"/>.</summary>
    public uint Length;
    public Bytes16 Command;
    public Bytes512 Data;
}

/// <summary>Reports the plain text of SSL_write, of one process or of all.</summary>
public sealed unsafe class SslWrite : Probe
{
    /// <summary>The process to follow; 0 follows all.</summary>
    [Constant] public uint TargetPid;
    public readonly RingBuffer<SslEvent> Events = new(1024 * 1024);

    [Uprobe("libssl.so.3", "SSL_write")]
    public void Write(void* ssl, byte* data, int count)
    {
        if (count <= 0 || (TargetPid != 0 && Bpf.Pid != TargetPid)) return;
        using Reservation<SslEvent> record = Events.Reserve();
        if (!record) return;
        ref SslEvent e = ref record.Value;
        e.Time = Bpf.KtimeGetNs();
        e.Pid = Bpf.Pid;
        e.Length = (uint)count;
        Bpf.GetCurrentComm(e.Command);
        Span<byte> copy = e.Data;
        if (Bpf.ProbeReadUser(copy[..Math.Min(count, copy.Length)], data)) record.Submit(); // else the record is discarded
    }
}
