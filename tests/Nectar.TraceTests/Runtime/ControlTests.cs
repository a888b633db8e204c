// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;
using Nectar.Trace.Runtime;
using Nectar.Trace.Values;

namespace Nectar.TraceTests.Runtime;

/// <summary>What scripts do to their own hooks: the end, and watchpoints that are taken off.</summary>
public sealed class ControlTests
{
    private const int Seconds = 10;

    [KernelFact]
    public async Task AfterExit_NoHookChangesAnything_AndEndIsOnceAndLast()
    {
        using TraceSession session = TraceSession.Start("""
            interval:us:50 { if (@done) { @late = count(); printf("late\n"); } @n++; if (@n == 20) { @done = 1; printf("last\n"); exit(7); } }
            end { @end++; printf("end %d\n", @n); }
            """);
        Assert.Equal(7, await session.Completion.WaitAsync(TimeSpan.FromSeconds(Seconds)));
        List<string> texts = [];
        await foreach (TraceEvent e in session.ReadAllAsync())
        {
            if (e is PrintEvent print) texts.Add(print.Text);
        }

        Assert.Equal(["last\n", "end 20\n"], texts);
        Assert.Equal(20, Number(session, "@n"));
        Assert.Equal(1, Number(session, "@end"));
        Assert.Equal(0, Number(session, "@late"));
    }

    [KernelFact]
    public void Unwatch_TakesThatWatchpointOff_AndNoOther()
    {
        nint memory = Marshal.AllocHGlobal(64), address = (memory + 15) & ~15;
        try
        {
            string first = Hex(address), second = Hex(address + 8);
            using TraceSession session = TraceSession.Start(
                $"watchpoint:{first}:8:w {{ @first++; unwatch({first}); }} watchpoint:{second}:8:w {{ @second++; }}", new TraceSessionOptions { ProcessId = Environment.ProcessId });
            Write(address);
            Assert.True(SpinWait.SpinUntil(() => Number(session, "@first") > 0, TimeSpan.FromSeconds(Seconds)));
            bool isOff = SpinWait.SpinUntil(() =>
            {
                long before = Number(session, "@first");
                for (int i = 0; i < 5; i++) Write(address);
                return Number(session, "@first") == before;
            }, TimeSpan.FromSeconds(Seconds));
            Assert.True(isOff);
            long others = Number(session, "@second");
            for (int i = 0; i < 5; i++) Write(address + 8);
            Assert.Equal(others + 5, Number(session, "@second"));
        }
        finally
        {
            Marshal.FreeHGlobal(memory);
        }
    }

    private static void Write(nint address) => Marshal.WriteInt64(address, 1);

    private static string Hex(nint address) => string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");

    private static long Number(TraceSession session, string map) => session.ReadMap(map).Value is IntegerValue value ? value.Signed : 0;
}
