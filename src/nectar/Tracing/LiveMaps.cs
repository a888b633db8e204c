// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Trace.Printing;
using Nectar.Trace.Runtime;

namespace Nectar.Cli.Tracing;

/// <summary><c>--top N</c>: the N greatest entries of each map, again each second. On a terminal in place and as many as fit, otherwise one table behind the other.</summary>
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
        (int rows, int columns) = _isTerminal ? MapScreen.Size() : default; // each time: windows are resized
        MapScreen.Write(text, [.. run.Runner.ReadMaps(top)], rows, columns);
        run.Output.Raw(text.Written);
        run.Output.Idle();
    }
}
