// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Runtime;
using Nectar.Trace.Values;

namespace Nectar.TraceTests.Runtime;

public sealed class TraceSessionTests
{
    [KernelFact]
    public async Task Events_TypedAndInOrder()
    {
        using TraceSession session = TraceSession.Start("begin { printf(\"%d %s\\n\", 42, \"answer\"); print((1, \"a\")); @m[7] = 70; @c = count(); exit(3); } end { printf(\"bye\\n\"); }");
        List<TraceEvent> events = [];
        await foreach (TraceEvent e in session.ReadAllAsync()) events.Add(e);
        PrintEvent print = Assert.IsType<PrintEvent>(events[0]);
        Assert.Equal("42 answer\n", print.Text);
        Assert.Equal(42, Assert.IsType<IntegerValue>(print.Arguments[0]).Signed);
        Assert.Equal("(1, a)", Assert.IsType<ValueEvent>(events[1]).Value.ToString());
        Assert.Equal("bye\n", Assert.IsType<PrintEvent>(events[2]).Text);
        Assert.Equal(["@c", "@m"], events.OfType<MapEvent>().Select(e => e.Map.Name));
        Assert.Equal(3, await session.Completion);
        Assert.Equal("70", Assert.Single(session.ReadMap("@m").Entries).Value.ToString());
        Assert.True(session.Losses.IsNone);
        Assert.Throws<ArgumentException>(() => session.ReadMap("@none"));
    }

    [KernelFact]
    public async Task Maps_AreReadWhileItRuns_AndStopEndsIt()
    {
        using TraceSession session = TraceSession.Start("interval:ms:5 { @n = count(); } end { printf(\"end\"); }");
        Assert.True(SpinWait.SpinUntil(() => session.ReadMap("@n").Value is IntegerValue { Signed: > 2 }, 10_000));
        session.Stop();
        Assert.Equal(0, await session.Completion.WaitAsync(TimeSpan.FromSeconds(10)));
        List<TraceEvent> events = [];
        await foreach (TraceEvent e in session.ReadAllAsync()) events.Add(e);
        Assert.Equal("end", Assert.IsType<PrintEvent>(events[0]).Text);
    }

    [KernelFact]
    public async Task Command_IsTracedFromItsStart()
    {
        using TraceSession session = TraceSession.Start("tracepoint:sched:sched_process_exit /pid == cpid/ { printf(\"%s\", comm); }", new TraceSessionOptions { Command = "/bin/true" });
        Assert.Equal(0, await session.Completion.WaitAsync(TimeSpan.FromSeconds(10)));
        List<TraceEvent> events = [];
        await foreach (TraceEvent e in session.ReadAllAsync()) events.Add(e);
        Assert.Equal("true", Assert.Single(events.OfType<PrintEvent>()).Text);
    }

    [Fact]
    public void Errors_HaveTheirPlaces()
    {
        TraceException problem = Assert.Throws<TraceException>(() => TraceSession.Start("begin { printf(\"%d\\n\", nosuchthing); }"));
        Assert.Equal((1, 24), (problem.Diagnostics[0].Span!.Value.Line, problem.Diagnostics[0].Span!.Value.Column));
    }

    [KernelFact]
    public async Task SlowReader_LosesAreCounted_DeliveredAndLostAreAllThatFired()
    {
        using TraceSession session = TraceSession.Start(
            "config = { perf_rb_pages = 1 } interval:us:200 { @fired = count(); printf(\"%d %s\\n\", 1, \"some text that takes room in the ring\"); }", new TraceSessionOptions { Capacity = 1 });
        Thread.Sleep(1500); // nobody reads
        session.Stop();
        long delivered = 0;
        await foreach (TraceEvent e in session.ReadAllAsync()) delivered += e is PrintEvent ? 1 : 0;
        long fired = ((IntegerValue)session.ReadMap("@fired").Value!).Signed;
        Assert.Equal(fired, delivered + session.Losses.Events);
    }
}
