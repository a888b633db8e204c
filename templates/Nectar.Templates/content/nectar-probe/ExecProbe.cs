using Nectar.Probes;

namespace NectarProbe1;

/// <summary>What the kernel program reports and this program reads: one struct for both.</summary>
public struct ExecEvent
{
    public uint Pid, Uid;
    public Bytes16 Command;
}

/// <summary>Reports every program that starts. Fields are maps and variables, methods with attributes run in the kernel.</summary>
public sealed class ExecProbe : Probe
{
    public readonly RingBuffer<ExecEvent> Events = new(64 * 1024);
    public ulong Started;

    [RawTracepoint("sched_process_exec")]
    public void Exec(RawTracepointContext context)
    {
        Started++;
        using Reservation<ExecEvent> report = Events.Reserve();
        if (!report) return;
        report.Value.Pid = Bpf.Pid;
        report.Value.Uid = Bpf.Uid;
        Bpf.GetCurrentComm(report.Value.Command);
        report.Submit();
    }
}
