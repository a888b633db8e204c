// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Trace.Printing;
using Nectar.Trace.Runtime;
using Nectar.Trace.Values;

namespace Nectar.Cli.Tracing;

/// <summary><c>--top N</c>: the N greatest entries of each map, again each second. On a terminal in place, otherwise one table behind the other.</summary>
internal sealed class LiveMaps(int top)
{
    private static readonly byte[] s_home = "\e[H\e[2J"u8.ToArray();

    private readonly bool _isTerminal = !Console.IsOutputRedirected;
    private long _shown = Stopwatch.GetTimestamp();

    /// <summary>Called often; shows when a second is over.</summary>
    internal void Tick(TraceRun run)
    {
        if (Stopwatch.GetElapsedTime(_shown) < TimeSpan.FromSeconds(1)) return;
        _shown = Stopwatch.GetTimestamp();
        Utf8Buffer text = new();
        if (_isTerminal) text.Append(s_home);
        foreach (MapResult map in run.Runner.ReadMaps(top)) TextFormat.WriteMap(text, map);
        run.Output.Raw(text.Written);
        run.Output.Idle();
    }
}
