#:package Nectar.Probes@0.1.0
#:property PublishAot=false

// A kernel program and its user space in one file: dotnet run exec.cs (as root; -- --for 5 ends it after five seconds)
using Nectar.Bpf.Diagnostics;
using Nectar.Probes;

using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true; // leave by the end, which detaches
    stop.Cancel();
};
if (args is ["--for", string seconds]) stop.CancelAfter(TimeSpan.FromSeconds(double.Parse(seconds)));

using Execs probe = new();
try
{
    probe.Load();
    probe.AttachAll();
    Console.WriteLine("programs that start, until Ctrl-C:");
    await foreach (Started program in probe.Events.ReadAsync(stop.Token)) Console.WriteLine($"{program.Pid,8}  {program.Command}");
}
catch (OperationCanceledException)
{
    // Ctrl-C, or the time is over
}
catch (NectarException problem)
{
    Console.Error.WriteLine(problem.Diagnostics[0]);
    return 1;
}

Console.WriteLine($"{probe.Read(probe.Count)} started");
return 0;

public struct Started
{
    public uint Pid;
    public Bytes16 Command;
}

public sealed class Execs : Probe
{
    public readonly RingBuffer<Started> Events = new(64 * 1024);
    public ulong Count;

    [RawTracepoint("sched_process_exec")]
    public void Exec(RawTracepointContext context)
    {
        Count++;
        using Reservation<Started> report = Events.Reserve();
        if (!report) return;
        report.Value.Pid = Bpf.Pid;
        Bpf.GetCurrentComm(report.Value.Command);
        report.Submit();
    }
}
