// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Linux.Syscalls;

namespace Nectar.Trace.Runtime.Processes;

/// <summary>
/// Signals that end a session, run the script's <c>self:signal</c> probes, or ask what is lost. The second one that asks for the end, unless
/// it comes at once, is not held up: it does what it does to every process.
/// </summary>
internal sealed class SignalWatch : IDisposable
{
    private const PosixSignal User1 = (PosixSignal)10, User2 = (PosixSignal)12;

    private const long SameWishMs = 500;

    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Action _onEnd;
    private long _firstEnd;

    public SignalWatch(Action onEnd, Action onUser1, Action onUser2)
    {
        _onEnd = onEnd;
        foreach (PosixSignal signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT]) _registrations.Add(PosixSignalRegistration.Create(signal, End));
        foreach ((PosixSignal signal, Action action) in (ReadOnlySpan<(PosixSignal, Action)>)[(User1, onUser1), (User2, onUser2)])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                action();
            }));
        }
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
    }

    /// <summary>
    /// Lets signals that the process was started to ignore do what they do by default: a shell's background jobs ignore SIGINT. Before the console
    /// is used, with which the runtime decides once and for all not to listen to what is ignored then.
    /// </summary>
    internal static void StopIgnoring()
    {
        foreach (int signal in (ReadOnlySpan<int>)[Libc.SignalInterrupt, Libc.SignalTerminate])
        {
            if (Libc.IsIgnored(signal)) _ = Libc.HandleSignal(signal, Libc.DefaultHandler);
        }
    }

    private void End(PosixSignalContext context)
    {
        long now = Environment.TickCount64, first = Interlocked.CompareExchange(ref _firstEnd, now, 0);
        if (first != 0)
        {
            // Whoever asks again later means it. What comes at once is the same wish: timeout(1) signals its child and then its group.
            context.Cancel = now - first < SameWishMs;
            return;
        }

        context.Cancel = true;
        _onEnd();
    }
}
