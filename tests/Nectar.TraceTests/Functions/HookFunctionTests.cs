// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Text.RegularExpressions;
using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;
using Nectar.Trace.Runtime;

namespace Nectar.TraceTests.Functions;

/// <summary>Functions that need a real hook: something happens, and the script tells of it.</summary>
public sealed class HookFunctionTests
{
    private const int ProbeWriteUser = 36;

    /// <summary>The kernel's own numbers, or the file's in hundredths: a change between the readings is less than one task.</summary>
    [KernelFact]
    public void KernelAddress_OfLoadAverages_HasThemInEveryKernel()
    {
        double expected = double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);
        using Nectar.Trace.Runtime.TraceSession session = Nectar.Trace.Runtime.TraceSession.Start("begin { $a = kaddr(\"avenrun\"); @ = *($a + 16); }");
        session.Completion.Wait(TimeSpan.FromSeconds(30));
        Nectar.Trace.Values.IntegerValue found = Assert.IsType<Nectar.Trace.Values.IntegerValue>(session.ReadMap("@").Value);
        Assert.InRange(found.Unsigned / 2048.0, expected - 1, expected + 1);
    }

    [KernelFact]
    public void Join_OfExecve_GivesAllArguments()
    {
        string text = Traced("tracepoint:syscalls:sys_enter_execve { join(args.argv) }", () => Run("/bin/echo", "one", "two"));
        Assert.Matches("/bin/echo one two\n", text);
    }

    [KernelFact]
    public async Task Iterator_OfTasks_LeavesBehindTheEnd()
    {
        using TraceSession session = TraceSession.Start("iter:task { @all = count(); @named[ctx.task.comm != \"\"] = count(); if (ctx.task.tgid == ctx.task.pid) { @first = count(); } }");
        Assert.Equal(0, await session.Completion);
        // a field that is read of the null that ends the list would be a loss
        Assert.Equal(0, session.Losses.FailedReads);
        Assert.NotNull(session.ReadMap("@first").Value);
        Assert.Equal($"{session.ReadMap("@all").Value}", $"{session.ReadMap("@named").Entries.Single().Value}");
    }

    [KernelFact]
    public void Join_WithDelimiter_UsesIt()
    {
        string text = Traced("""tracepoint:syscalls:sys_enter_execve { join(args.argv, ",") }""", () => Run("/bin/echo", "one", "two"));
        Assert.Matches("/bin/echo,one,two\n", text);
    }

    [KernelFact]
    public void Str_OfUserPointer_IsReadFromTheProcess()
    {
        string text = Traced("""tracepoint:syscalls:sys_enter_execve { printf("%s|%d|%s\n", str(args.filename), 7, str(args.filename, 5)) }""", () => Run("/bin/true"));
        Assert.Matches(@"/bin/true\|7\|/bin\n", text);
    }

    [KernelFact]
    public void Str_Packed_TakesOnlyWhatItNeeds()
    {
        using ScriptRun run = ScriptRun.Start("""tracepoint:syscalls:sys_enter_execve { printf("%s %s\n", str(args.filename), comm) }""");
        PrintfAction action = Assert.IsType<PrintfAction>(run.Plan.Actions.Single());
        Assert.True(action.Arguments[0].IsPacked);
        Run("/bin/true");
        Assert.Matches(@"/bin/true \S", run.Drain());
        Assert.InRange(run.LargestRecord, 16, 64);
    }

    [KernelFact]
    public void Str_OfBadPointer_IsEmptyAndCounted()
    {
        using ScriptRun run = ScriptRun.Start("""begin { printf("%s|\n", str(uptr((int8*)1))); printf("%s|%s\n", str(kptr((int8*)1)), str(uptr((int8*)8))) }""");
        Assert.Equal("|\n|\n", run.Begin());
        Assert.Equal(3UL, run.Lost(LossCause.ReadFailed));
    }

    [KernelFact]
    public void Comm_OfAnotherProcess_IsFound()
    {
        string text = Traced("tracepoint:syscalls:sys_enter_execve { print(comm(2)); print(comm(4000000)); $a = args.filename }", () => Run("/bin/true"));
        Assert.Matches(@"^kthreadd\n\[Warnf\] No such process \(pid=4000000\)N/A\n", text);
    }

    [KernelFact]
    public void Probe_OfManyHooks_NamesEach()
    {
        string text = Traced("""uprobe:/bin/bash:main,uprobe:/bin/bash:exit_shell { printf("%s %s\n", probe, probetype) }""", () => Run("/bin/bash", "-c", "echo hello"));
        Assert.Matches("uprobe:/bin/bash:main uprobe\n", text);
        Assert.Matches("uprobe:/bin/bash:exit_shell uprobe\n", text);
    }

    [KernelFact]
    public void Func_OfUprobe_IsItsAddress()
    {
        string text = Traced("""uprobe:/bin/bash:main { printf("%s\n", func); print(usym(reg("ip")) == usym(reg("ip"))); print(arg0) }""", () => Run("/bin/bash", "-c", "true"));
        Assert.Matches(@"^u[0-9a-f]+ \d+ uprobe:/bin/bash:main\ntrue\n3\n", text);
    }

    [KernelFact]
    public void Uaddr_OfPositionIndependentFile_IsWhereItIsLoaded()
    {
        string text = Traced("""uprobe:/bin/bash:exit_shell { printf("%s\n", str(*uaddr("shell_name"))) }""", () => Run("/bin/bash", "-c", "true"));
        Assert.Matches("bash\n", text);
    }

    [KernelFact]
    public void Retval_OfUretprobe_IsTheResult()
    {
        string text = Traced("""uretprobe:/bin/bash:xmalloc { printf("%s %d\n", func, retval != 0) }""", () => Run("/bin/bash", "-c", "/bin/ls / >/dev/null; ls / > /dev/null"));
        Assert.Matches(@"u[0-9a-f]+ \d+ uretprobe:/bin/bash:xmalloc [01]\n", text);
    }

    [KernelFact]
    public void Signal_KillsTheTask()
    {
        using ScriptRun run = ScriptRun.Start("""uprobe:/bin/bash:execute_command /pid == cpid/ { signal("KILL") } uprobe:/bin/bash:main { signal(10 + 2) }""");
        using Process victim = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", "trap '' USR2; echo on"]) { RedirectStandardOutput = true })!;
        victim.WaitForExit();
        Assert.Equal(128 + 12, victim.ExitCode);
    }

    [KernelTheory]
    [InlineData("SIGUSR2", 12)]
    [InlineData("usr2", 12)]
    [InlineData("Poll", 29)]
    public void Signal_IsNamedInAnyCase(string name, int number)
    {
        using ScriptRun run = ScriptRun.Start($$"""uprobe:/bin/bash:main { signal("{{name}}") }""");
        using Process victim = Process.Start("/bin/bash", ["-c", "true"]);
        victim.WaitForExit();
        Assert.Equal(128 + number, victim.ExitCode);
    }

    [KernelFact]
    public void Signal_OutOfRange_IsAnError()
    {
        string text = Traced("""uprobe:/bin/bash:main { $x = 65 + cpu - cpu; signal($x); signal_thread(0 + $x) }""", () => Run("/bin/bash", "-c", "true"));
        Assert.Matches(@"\[Errorf\] signal\(\) expects an integer between 1 and 64 \(inclusive\)\. Got 65\[Errorf\] signal_thread\(\) expects", text);
    }

    [HelperFact(ProbeWriteUser)]
    public void WriteUser_ChangesTheProcess()
    {
        using ScriptRun run = ScriptRun.Start("""tracepoint:syscalls:sys_enter_openat /str(args.filename) == "/tmp/no-such-file-aa"/ { $new = "/dev/null"; printf("%d\n", write_user(args.filename, $new, 10)) }""");
        using Process reader = Process.Start("/bin/cat", ["/tmp/no-such-file-aa"]);
        reader.WaitForExit();
        Assert.Equal("1\n", run.Drain());
        Assert.Equal(0, reader.ExitCode);
    }

    [KernelFact]
    public void Usermode_OfProfile_IsOneInALoop()
    {
        using ScriptRun run = ScriptRun.Start("profile:hz:500 /usermode == 1/ { @[usermode, len(ustack) > 0] = count(); printf(\"%d %d\\n\", usermode, reg(\"ip\") != 0) }");
        for (long end = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 5); Stopwatch.GetTimestamp() < end;) { }
        Assert.Matches("^(1 1\n)+$", run.Drain());
    }

    [KernelFact]
    public void Pid_InNamespace_IsTheNamespacesOwn()
    {
        Assert.Equal($"{Environment.ProcessId}\n", ScriptRun.Text("begin { print(pid) }", new LoweringOptions { PidNamespace = new PidNamespace(OwnNamespace().Device, OwnNamespace().Inode) }));
        Assert.Equal("0\n", ScriptRun.Text("begin { print(pid) }", new LoweringOptions { PidNamespace = new PidNamespace(1, 1) }));
    }

    [KernelFact]
    public void Elapsed_CountsFromTheSessionsStart()
    {
        using ScriptRun run = ScriptRun.Start("""begin { printf("%d\n", elapsed < 1000) }""");
        run.Set(TracePlan.StartName, ulong.MaxValue / 2);
        Assert.Equal("0\n", run.Begin());
    }

    [KernelFact]
    public void Cpid_IsWhatTheSessionSays()
    {
        using ScriptRun run = ScriptRun.Start("""begin { printf("%d %d\n", cpid, has_cpid) }""");
        Assert.Equal("[Warnf] No child command (`-c`); cpid is zero0 0\n", run.Begin());
        run.Set(TracePlan.ChildName, 5);
        Assert.Equal("5 1\n", run.Begin());
    }

    [KernelFact]
    public void Records_FullRing_AreCounted()
    {
        const int Runs = 200;
        using ScriptRun run = ScriptRun.Start("""config = { perf_rb_pages = 1 } begin { printf("%s%s\n", str(curtask.comm), "z"); printf("%d\n", pid) }""");
        for (int i = 0; i < Runs; i++) run.RunPrograms();
        int sent = run.Drain().Count(c => c == '\n');
        Assert.InRange(sent, 1, (Runs * 2) - 1);
        Assert.Equal((ulong)((Runs * 2) - sent), run.Lost(LossCause.RingFull));
    }

    [KernelFact]
    public void SocketCookie_OfRawTracepoint_IsTheSockets()
    {
        string text = Traced("""rawtracepoint:tcp_probe { printf("%d\n", socket_cookie(args.sk) > 0) }""", Connect);
        Assert.Matches("^(1\n)+$", text);
    }

    [KernelFact]
    public void Skboutput_SendsThePacketsBytes()
    {
        using ScriptRun run = ScriptRun.Start("""rawtracepoint:net_dev_queue { printf("%d\n", skboutput("x.pcap", (struct sk_buff*)arg0, 40, 14)) }""");
        Connect();
        Assert.Matches(@"^(\[SkbOutputAction\]\n0\n)+$", run.Drain());
        Assert.Equal(20 + 40, run.LargestRecord);
    }

    /// <summary>A connection over loopback that says something.</summary>
    private static void Connect()
    {
        using System.Net.Sockets.TcpListener listener = new(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using System.Net.Sockets.TcpClient client = new();
        client.Connect((System.Net.IPEndPoint)listener.LocalEndpoint);
        using System.Net.Sockets.TcpClient server = listener.AcceptTcpClient();
        client.GetStream().Write(new byte[100]);
        server.GetStream().ReadExactly(new byte[100]);
    }

    private static string Traced(string script, Action work)
    {
        using ScriptRun run = ScriptRun.Start(script);
        work();
        return run.Drain();
    }

    private static (ulong Device, ulong Inode) OwnNamespace()
    {
        string[] words = Command("/usr/bin/stat", "-Lc", "%d %i", "/proc/self/ns/pid").Split(' ');
        return (ulong.Parse(words[0]), ulong.Parse(words[1]));
    }

    private static void Run(string file, params string[] arguments) => Command(file, arguments);

    private static string Command(string file, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true })!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text;
    }
}
