#:package Nectar.Trace@0.1.0
#:property PublishAot=false

// A question in the tracing language, its answers as C# values: which files take long to open?
// dotnet run slow-files.cs (as root; -- --for 5 ends it after five seconds)
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Runtime;
using Nectar.Trace.Values;

using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true; // leave by the end, which detaches
    stop.Cancel();
};
if (args is ["--for", string seconds]) stop.CancelAfter(TimeSpan.FromSeconds(double.Parse(seconds)));

const string Script = """
    tracepoint:syscalls:sys_enter_openat { @begin[tid] = nsecs; @name[tid] = str(args.filename); }
    tracepoint:syscalls:sys_exit_openat /has_key(@begin, tid)/ {
        $took = nsecs - @begin[tid];
        @usecs = hist($took / 1000);
        if ($took > 50000) { printf("%d %s %s", $took / 1000, comm, @name[tid]); }
        delete(@begin, tid);
        delete(@name, tid);
    }
    """;
try
{
    using TraceSession session = TraceSession.Start(Script);
    Console.WriteLine("opens that take longer than 50 µs, until Ctrl-C:");
    try
    {
        await foreach (TraceEvent e in session.ReadAllAsync(stop.Token))
        {
            // The arguments of printf are values: no text has to be taken apart.
            if (e is PrintEvent { Arguments: [IntegerValue took, TextValue program, TextValue file] }) Console.WriteLine($"{took.Signed,8} µs  {program,-16} {file}");
        }
    }
    catch (OperationCanceledException)
    {
        // Ctrl-C, or the time is over
    }

    if (session.ReadMap("@usecs").Value is HistogramValue times)
        foreach (HistogramBucket bucket in times.Buckets) Console.WriteLine($"{bucket.FromLabel,8} µs  {bucket.Count}");
    foreach (string loss in session.Losses.Describe()) Console.Error.WriteLine(loss);
}
catch (NectarException problem)
{
    foreach (Diagnostic diagnostic in problem.Diagnostics) Console.Error.WriteLine(diagnostic);
    return 1;
}

return 0;
