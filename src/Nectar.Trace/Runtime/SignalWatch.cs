// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Trace.Runtime;

/// <summary>
/// Signals that end a session, or that run the script's <c>self:signal</c> probes. The second one that asks for the end is not
/// held up: it does what it does to every process.
/// </summary>
internal sealed class SignalWatch : IDisposable
{
    private const PosixSignal User1 = (PosixSignal)10;

    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Action _onEnd, _onUser;
    private int _ends;

    public SignalWatch(Action onEnd, Action onUser)
    {
        _onEnd = onEnd;
        _onUser = onUser;
        Native.StopIgnoring(2); // a shell's background jobs ignore SIGINT, and then the runtime would not listen to it
        Native.StopIgnoring(Native.SignalTerminate);
        foreach (PosixSignal signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT]) _registrations.Add(PosixSignalRegistration.Create(signal, End));
        _registrations.Add(PosixSignalRegistration.Create(User1, User));
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
    }

    private void End(PosixSignalContext context)
    {
        if (Interlocked.Increment(ref _ends) > 1) return;
        context.Cancel = true;
        _onEnd();
    }

    private void User(PosixSignalContext context)
    {
        context.Cancel = true;
        _onUser();
    }
}
