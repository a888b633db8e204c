// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Probes;

namespace Twins;

public struct SslEvent
{
    public ulong Time;
    public uint Pid, Length;
    public Bytes16 Command;
    public Bytes512 Data;
}

/// <summary>06: the plain text of SSL_write.</summary>
public sealed unsafe class T06SslWrite : Probe
{
    [Constant] public uint TargetPid;
    public readonly RingBuffer<SslEvent> Events = new(1024 * 1024);

    [Uprobe]
    public void ssl_write(void* ssl, byte* buffer, int count)
    {
        uint pid = Bpf.Pid;
        if (TargetPid != 0 && pid != TargetPid) return;
        if (count <= 0) return;
        using Reservation<SslEvent> e = Events.Reserve();
        if (!e) return;
        e.Value.Time = Bpf.KtimeGetNs();
        e.Value.Pid = pid;
        e.Value.Length = (uint)count;
        Bpf.GetCurrentComm(e.Value.Command);
        Span<byte> data = e.Value.Data;
        if (Bpf.ProbeReadUser(data[..Math.Min(count, data.Length)], buffer)) e.Submit();
    }
}
