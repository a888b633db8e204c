// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Nectar.Linux.Features;
using Nectar.Linux.Loading;
using Nectar.Trace.Probes;
using Nectar.Trace.Probes.Fallback;
using Nectar.Trace.Probes.Resolving;
using Nectar.Trace.Runtime;
using Nectar.Trace.Values;

namespace Nectar.TraceTests.Probes;

/// <summary>Hooks in the place of others: the tables against the kernel's types, and scripts that are run so.</summary>
public sealed class FallbackTests
{
    [Fact]
    public void Twins_NameWhatTheKernelsTypesHave()
    {
        if (KernelBtf.Running.TryVmlinux is null) return;
        int checkedRows = 0;
        foreach ((TracepointTwin twin, bool isReturn) in TracepointTwins.All)
        {
            ProbeTarget function = new(ProbeKind.Kprobe) { Name = twin.Function, Function = twin.Function };
            if (FunctionTypes.Find(function) is not { } types || RawTracepointProbes.Match("*", twin.Tracepoint).FirstOrDefault() is not { Types: { } own } found) continue;
            TwinArguments arguments = new(twin, types, own, BtfArguments.PrototypeOfTracepoint(own, found.Id, twin.Tracepoint));
            Assert.True(arguments.Conditions is not null, $"{twin}: conditions");
            foreach ((string name, string other) in TwinArguments.Pairs(twin.Names))
            {
                int number = name == "retval" ? -1 : Enumerable.Range(0, types.Prototype.Count).FirstOrDefault(i => types.Prototype.Parameter(i).Name == name, -2);
                Assert.True(number != -2, $"{twin}: the function has no {name}");
                int mapped = number == -1 ? arguments.Result : arguments.Map[number];
                Assert.True(mapped >= 0, $"{twin}: the tracepoint has no {other}");
                uint type = BtfArguments.PrototypeOfTracepoint(own, found.Id, twin.Tracepoint)!.Value.Parameter(mapped + 1).TypeId;
                bool isTyped = !BtfNames.Describe(own, type).Contains("void", StringComparison.Ordinal);
                uint wanted = number == -1 ? types.Prototype.TypeId : types.Prototype.Parameter(number).TypeId;
                Assert.True(FunctionTypes.AreSame(types.Types, wanted, own, type) || !isTyped, $"{twin}: {name} is not what {other} is");
            }

            Assert.False(isReturn && twin.Conditions.Length > 0);
            checkedRows++;
        }

        Assert.True(checkedRows > 0, "no row fits this kernel");
    }

    [Fact]
    public void CallsOfFunctions_AreKnown()
    {
        foreach (SyscallTwin twin in SyscallTwins.All)
        {
            ProbeTarget target = new(ProbeKind.Tracepoint) { Name = twin.Call, Group = "syscalls", Function = SyscallEvents.Enter + twin.Call };
            Assert.True(SyscallEvents.Find(target) is not null, twin.ToString());
            Assert.All(twin.Arguments, argument => Assert.InRange(argument, -1, 5));
        }
    }

    [KernelFact]
    public void FunctionOfTcp_AtItsTracepoint_HasTheSameArguments()
    {
        using TraceSession session = Start("kprobe:tcp_set_state /pid == $1/ { @[((struct sock *)arg0).__sk_common.skc_family, arg1, func, probe] = count(); } fentry:tcp_connect /pid == $1/ { @typed[args.sk.__sk_common.skc_family] = count(); }");
        Connect();
        string map = Text(session, "@");
        Assert.Contains("2, 2, tcp_set_state, kprobe:tcp_set_state", map, StringComparison.Ordinal); // AF_INET, TCP_SYN_SENT
        Assert.Contains("2, 1, tcp_set_state, kprobe:tcp_set_state", map, StringComparison.Ordinal); // TCP_ESTABLISHED
        Assert.Contains("2: 1", Text(session, "@typed"), StringComparison.Ordinal);
        Assert.Contains(session.HookNotes, note => note.Contains("kprobe:tcp_set_state", StringComparison.Ordinal) && note.Contains("attached as rawtracepoint:inet_sock_set_state", StringComparison.Ordinal));
    }

    [KernelFact]
    public void FunctionsOfSystemCalls_AtTheirCalls_HaveArgumentsAndResults()
    {
        using TraceSession session = Start("""
            kprobe:__x64_sys_getsid /pid == $1/ { @registers[((struct pt_regs *)arg0).di] = count(); }
            kretprobe:__x64_sys_getsid /pid == $1/ { @result[(int32)retval] = count(); }
            kprobe:__x64_sys_gets*d /pid == $1/ { @name[probe] = count(); }
            fexit:vfs_read /pid == $1 && args.count == 4321/ { @read = max(retval); }
            kprobe:do_sys_openat2 /pid == $1/ { @opened[str(uptr(arg1))] = count(); @unmarked[str(arg1)] = count(); }
            """);
        for (int i = 0; i < 3; i++) _ = Tools.Native.getsid(0x3ffffff);
        using (FileStream file = new("/proc/self/comm", FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0)) Assert.InRange(file.Read(new byte[4321]), 1, 16);
        Assert.Equal("67108863: 3\n", Text(session, "@registers"));
        Assert.Equal("-3: 3\n", Text(session, "@result"));
        Assert.Equal("kprobe:__x64_sys_getsid: 3\n", Text(session, "@name"));
        Assert.InRange(((IntegerValue)session.ReadMap("@read").Value!).Signed, 1, 16);
        Assert.Contains("/proc/self/comm: 1", Text(session, "@opened"), StringComparison.Ordinal);
        Assert.Contains("/proc/self/comm: 1", Text(session, "@unmarked"), StringComparison.Ordinal);
    }

    [KernelFact]
    public void EachTwinOfThisKernel_CanBeAttached()
    {
        List<string> points = [];
        foreach ((TracepointTwin twin, bool isReturn) in TracepointTwins.All)
        {
            ProbeTarget function = new(ProbeKind.Kprobe) { Name = twin.Function, Function = twin.Function };
            if (FunctionTypes.Find(function) is not null && RawTracepointProbes.Match("*", twin.Tracepoint).Any()) points.Add($"{(isReturn ? "kretprobe" : "kprobe")}:{twin.Function}");
        }

        using TraceSession session = Start(string.Join(',', points.Distinct(StringComparer.Ordinal)) + " { @[probe] = count(); }");
        using (Process process = Process.Start("/bin/true")) process.WaitForExit();
        string seen = Text(session, "@");
        foreach (string expected in (string[])["kprobe:wake_up_new_task", "kprobe:begin_new_exec", "kprobe:do_exit", "kprobe:exc_page_fault", "kprobe:kfree"]) Assert.Contains(expected + ": ", seen, StringComparison.Ordinal);
    }

    [KernelFact]
    public void Conditions_LeaveOtherEventsOut()
    {
        using TraceSession session = Start("kprobe:tcp_finish_connect /pid == $1/ { @ = count(); } kprobe:tcp_set_state /pid == $1/ { @all = count(); }");
        Connect();
        long established = ((IntegerValue)session.ReadMap("@").Value!).Signed, all = ((IntegerValue)session.ReadMap("@all").Value!).Signed;
        Assert.Equal(1, established);
        Assert.True(all > established);
    }

    [KernelFact]
    public void KernelStack_BeginsInTheFunction()
    {
        using TraceSession session = Start("kprobe:tcp_rcv_established { @[kstack(1)] = count(); }");
        Connect();
        Assert.Contains("tcp_rcv_established", Text(session, "@"), StringComparison.Ordinal);
    }

    [KernelFact]
    public void Wildcard_TakesWhatThereIs_AndSaysWhatIsLeftOut()
    {
        using TraceSession session = Start("kprobe:tcp_re* { @[probe] = count(); }");
        Assert.Contains(session.HookNotes, note => note.StartsWith("kprobe:tcp_re*: ", StringComparison.Ordinal) && note.Contains("are left out", StringComparison.Ordinal));
        Assert.Contains(session.HookNotes, note => note.StartsWith("kprobe:tcp_reset: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("kprobe:d_lookup { @ = count(); }", "none is known to fire with d_lookup")]
    [InlineData("kprobe:do_sys_openat2 { @ = arg2; }", "has no arg2")]
    [InlineData("kprobe:vfs_read { @ = reg(\"ip\"); }", "'reg' needs registers")]
    [InlineData("kprobe:vfs_read+4 { @ = count(); }", "none is inside of a function")]
    public void WhereNothingFits_AllThatWasTriedIsTold(string script, string reason)
    {
        if (KernelFeatures.Has(Feature.Kprobes)) return; // the hook itself is there
        TraceException problem = Assert.Throws<TraceException>(() => Start(script));
        Diagnostic error = problem.Diagnostics.Single(d => d.Severity == Severity.Error && d.Code.Number == 5344);
        Assert.Contains("no hook of this kernel does the same", error.Message, StringComparison.Ordinal);
        Assert.Contains(error.Notes, note => note.StartsWith("note: kprobes: ", StringComparison.Ordinal));
        Assert.Contains(error.Notes, note => note.StartsWith("note: tracepoint: ", StringComparison.Ordinal) && note.Contains(reason, StringComparison.Ordinal));
    }

    [KernelFact]
    public void WithoutTheOption_TheErrorNamesIt()
    {
        if (KernelFeatures.Has(Feature.Kprobes)) return;
        TraceException problem = Assert.Throws<TraceException>(() => TraceSession.Start("kprobe:tcp_set_state { @ = count(); }"));
        Assert.Contains(problem.Diagnostics.SelectMany(d => d.Notes), note => note == "help: --fallback takes rawtracepoint:inet_sock_set_state instead");
    }

    /// <summary>Tracepoints also where the kernel has the hook itself.</summary>
    private static TraceSession Start(string script) =>
        TraceSession.Start(script, new TraceSessionOptions { Fallback = FallbackKind.Tracepoint, Parameters = [Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)] });

    private static string Text(TraceSession session, string map)
    {
        return string.Concat(session.ReadMap(map).Entries.Select(entry => $"{(entry.Key is ListValue list ? string.Join(", ", list.Items) : entry.Key)}: {entry.Value}\n"));
    }

    private static void Connect()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect((IPEndPoint)listener.LocalEndpoint);
        using Socket server = listener.AcceptSocket();
        client.Send([1]);
        Assert.Equal(1, server.Receive(new byte[1]));
    }
}
