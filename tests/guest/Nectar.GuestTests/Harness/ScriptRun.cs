// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.GuestTests.Tests;
using Nectar.Trace.Probes.Fallback;
using Nectar.Trace.Runtime;
using Nectar.Trace.Values;

namespace Nectar.GuestTests.Harness;

/// <summary>Runs scripts in the tracing language; <c>$1</c> is this process.</summary>
internal static class ScriptRun
{
    /// <summary>How often <see cref="Work"/> makes the call that nobody else makes.</summary>
    internal const int Calls = 5;

    private static TraceSessionOptions Options => new() { Parameters = [$"{Environment.ProcessId}"], IsUnsafe = true };

    /// <summary>What scripts can see: a system call, and a file that is read.</summary>
    internal static void Work()
    {
        for (int i = 0; i < Calls; i++) Native.GetSid(KprobeTests.NoSuchProcess);
        _ = File.ReadAllText("/proc/sys/kernel/osrelease");
    }

    /// <summary>Runs a script while something happens, <see cref="Work"/> if nothing is given, and looks for texts in what it printed and left in its maps.</summary>
    internal static void Prints(string script, string[] expected, FallbackKind fallback = FallbackKind.Off, Action<TraceSession>? work = null)
    {
        using TraceSession session = TraceSession.Start(script, Options with { Fallback = fallback });
        Prints(session, expected, work);
    }

    /// <summary>The same of a script that was compiled before.</summary>
    internal static void PrintsObject(byte[] file, string[] expected)
    {
        using TraceSession session = TraceSession.StartObject(file);
        Prints(session, expected, null);
    }

    private static void Prints(TraceSession session, string[] expected, Action<TraceSession>? work)
    {
        StringBuilder text = new();
        if (work is null) Work();
        else work(session);
        foreach (string name in session.MapNames)
        {
            // a script's end may empty its maps, so they are read before
            MapResult map = session.ReadMap(name);
            foreach ((TraceValue key, TraceValue value) in map.Entries) text.Append(map.IsScalar ? $"{name}: {Text(value)}\n" : $"{name}[{key}]: {Text(value)}\n");
        }

        session.Stop();
        foreach (TraceEvent one in session.ReadAllAsync().ToBlockingEnumerable())
        {
            if (one is PrintEvent print) text.Append(print.Text);
            else if (one is TextEvent other) text.Append(other.Text);
        }

        foreach (string part in expected) Check.Contains(part, text.ToString());
    }

    private static string Text(TraceValue value) => value is HistogramValue histogram
        ? string.Join(' ', histogram.Buckets.Where(bucket => bucket.Count > 0).Select(bucket => $"[{bucket.From}, {bucket.To}): {bucket.Count}")) : $"{value}";

    /// <summary>A script that cannot run here, and what is said of it.</summary>
    internal static void Refused(string script, string expected)
    {
        NectarException refusal = Check.Throws<NectarException>(() => TraceSession.Start(script, Options).Dispose());
        Check.Contains(expected, string.Join("\n", refusal.Diagnostics.Select(d => string.Join('\n', [d.Message, .. d.Notes]))));
    }
}
