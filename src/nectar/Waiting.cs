// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;

namespace Nectar.Cli;

/// <summary>The end of verbs that go on until Ctrl-C, SIGTERM or for a while. The signal ends the work, not the process, so that all is detached in order.</summary>
internal sealed class Waiting : IDisposable
{
    private readonly CancellationTokenSource _end;
    private readonly PosixSignalRegistration _interrupt, _terminate;

    internal Waiting(TimeSpan? duration)
    {
        _end = duration is { } time ? new CancellationTokenSource(time) : new CancellationTokenSource();
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
    }

    /// <summary>True once the work shall end.</summary>
    internal bool IsOver => _end.IsCancellationRequested;

    /// <summary>Ends the work.</summary>
    internal CancellationToken Token => _end.Token;

    /// <summary>Waits until the end, or so long; true if it is over.</summary>
    internal bool Wait(TimeSpan time) => _end.Token.WaitHandle.WaitOne(time);

    /// <summary>Reads <c>5</c>, <c>5s</c>, <c>500ms</c>, <c>2m</c> or <c>1h</c>; null for anything else.</summary>
    internal static TimeSpan? ParseDuration(string text)
    {
        (string suffix, double factor) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => ("ms", 0.001),
            _ when text.EndsWith('s') => ("s", 1),
            _ when text.EndsWith('m') => ("m", 60),
            _ when text.EndsWith('h') => ("h", 3600),
            _ => ("", 1.0),
        };
        bool isNumber = double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number);
        return isNumber && number * factor is > 0 and < 2_000_000 ? TimeSpan.FromSeconds(number * factor) : null;
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _end.Dispose();
    }

    private void End(PosixSignalContext context)
    {
        context.Cancel = true;
        _end.Cancel();
    }
}
