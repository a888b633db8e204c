// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Nectar.KernelTests.Links.Tracing;
using Nectar.Trace.Runtime;
using Nectar.Trace.Values;

namespace Nectar.TraceTests.Runtime;

/// <summary>What scripts do to their own hooks: the end, and watchpoints that are taken off.</summary>
public sealed class ControlTests
{
    private const int Seconds = 10, Interrupt = 2;

    [KernelFact]
    public async Task AfterExit_WhenStrict_NoHookChangesAnything_AndEndIsOnceAndLast()
    {
        using TraceSession session = TraceSession.Start("""
            interval:us:50 { if (@done) { @late = count(); printf("late\n"); } @n++; if (@n == 20) { @done = 1; printf("last\n"); exit(7); } }
            end { @end++; printf("end %d\n", @n); }
            """, new TraceSessionOptions { IsStrict = true });
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
    public async Task InterruptedTwiceAtOnce_ResultsArePrinted()
    {
        ProcessStartInfo start = new(Tools.ToolRun.Command(), ["trace", "-e", "interval:ms:1 { @n++; } end { printf(\"the end\"); }"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Assert.StartsWith("Attached", await process.StandardError.ReadLineAsync(), StringComparison.Ordinal);
        for (int i = 0; i < 2; i++)
        {
            _ = Tools.Native.kill(process.Id, Interrupt);
            Thread.Sleep(5); // two signals, not one that waits
        }

        string text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("the end", text, StringComparison.Ordinal);
    }

    [KernelFact("gcc")]
    public unsafe void StaticProbe_OfAProcess_HasItsListenersCounted_UntilTheEnd()
    {
        nint library = NativeLibrary.Load(NativePrograms.ProbedLibrary());
        delegate* unmanaged<int> listeners = (delegate* unmanaged<int>)NativeLibrary.GetExport(library, "listeners");
        delegate* unmanaged<int, long, short*, void> fire = (delegate* unmanaged<int, long, short*, void>)NativeLibrary.GetExport(library, "fire");
        int before = listeners();
        short third = -300;
        using (TraceSession session = TraceSession.Start($"usdt:{NativePrograms.ProbedLibrary()}:demo:pair {{ @[(int32)arg0, arg1] = count(); }}", new TraceSessionOptions { ProcessId = Environment.ProcessId }))
        {
            Assert.True(listeners() > before);
            fire(-5, 77, &third);
            KeyValuePair<TraceValue, TraceValue> entry = Assert.Single(session.ReadMap("@").Entries);
            Assert.Equal([-5L, 77L], ((ListValue)entry.Key).Items.Select(item => ((IntegerValue)item).Signed));
        }

        Assert.True(SpinWait.SpinUntil(() => listeners() == before, TimeSpan.FromSeconds(Seconds))); // the kernel lets go in the background
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
