using Nectar.Bpf.Diagnostics;
using NectarProbe1;

using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true; // leave by the end of Main, which detaches
    stop.Cancel();
};
if (args is ["--for", string seconds]) stop.CancelAfter(TimeSpan.FromSeconds(double.Parse(seconds)));

using ExecProbe probe = new();
try
{
    probe.Load();
    probe.AttachAll();
    Console.WriteLine("programs that start, until Ctrl-C:");
    await foreach (ExecEvent started in probe.Events.ReadAsync(stop.Token))
        Console.WriteLine($"{started.Pid,8}  uid {started.Uid,-6} {started.Command}");
}
catch (OperationCanceledException)
{
    // Ctrl-C, or the time is over
}
catch (NectarException problem)
{
    foreach (Diagnostic diagnostic in problem.Diagnostics) Console.Error.WriteLine(diagnostic);
    return 1;
}

Console.WriteLine($"{probe.Read(probe.Started)} started");
return 0;
