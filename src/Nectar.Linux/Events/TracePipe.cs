// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Events;

/// <summary>
/// The trace pipe: where <c>bpf_printk</c> writes to, for debugging. It belongs to the whole machine: other tracing shows in it, and a line
/// that is read is gone for everybody else.
/// </summary>
public sealed class TracePipe : IDisposable
{
    private const int Interval = 50_000_000; // ns; the kernel tells waiters only when half of its buffer is full (buffer_percent), so the pipe is looked at so often

    private readonly KernelHandle _pipe;
    private readonly WaitSet _waits;
    private readonly AsyncWait _async;
    private readonly byte[] _bytes = new byte[1 << 16];
    private int _start, _end;
    private long _lostBefore;
    private UseGate _gate;

    private TracePipe(KernelHandle pipe)
    {
        _pipe = pipe;
        _waits = new WaitSet();
        _async = new AsyncWait(_waits);
    }

    /// <summary>Lines that the kernel threw away because nobody read them in time.</summary>
    public long Lost { get; private set; }

    /// <summary>Opens the pipe.</summary>
    /// <param name="instance">A folder in <c>instances</c> of the trace filesystem; null for the machine's own trace, where <c>bpf_printk</c> writes to.</param>
    /// <exception cref="KernelException">There is no trace filesystem (NEC4109), or the pipe cannot be opened (NEC4304).</exception>
    public static TracePipe Open(string? instance = null)
    {
        string path = TraceFileSystem.Require(instance is null ? "trace_pipe" : $"instances/{instance}/trace_pipe");
        int fd = Libc.Open(path, Libc.OReadOnly | Libc.ONonBlock | Libc.OCloseOnExec);
        if (fd < 0)
        {
            Errno errno = Libc.LastErrno;
            string[] notes = errno == Errno.EBUSY ? ["note: another process reads it; each line goes to one reader"] : [];
            throw Refusal.Make(EventCodes.TracePipe, "trace pipe", "open it", $"open({path})", errno, notes);
        }

        KernelHandle handle = new(fd);
        try
        {
            return new TracePipe(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Gives the next line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="timeoutMs">Milliseconds to wait; 0 not at all; -1 for ever.</param>
    /// <param name="cancellation">Ends the wait with an exception.</param>
    /// <returns>False after the time, and if the pipe is disposed meanwhile.</returns>
    /// <exception cref="KernelException">The pipe cannot be read (NEC4304).</exception>
    public bool TryRead(out TraceLine line, int timeoutMs = 0, CancellationToken cancellation = default)
    {
        _gate.Enter("trace pipe");
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(static waits => ((WaitSet)waits!).Interrupt(), _waits);
        try
        {
            long end = timeoutMs < 0 ? long.MaxValue : Environment.TickCount64 + timeoutMs;
            while (!TryTake(out line))
            {
                cancellation.ThrowIfCancellationRequested();
                long left = end == long.MaxValue ? Interval : Math.Min(Interval, (end - Environment.TickCount64) * 1_000_000);
                if (left <= 0 || _gate.IsClosed) return false;
                _waits.Wait(left, default, out _);
            }

            return true;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Gives lines as they come, until cancelled or until the pipe is disposed.</summary>
    public async IAsyncEnumerable<TraceLine> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (!_gate.IsClosed)
        {
            bool any;
            TraceLine line;
            _gate.Enter("trace pipe");
            try
            {
                any = TryTake(out line);
                cancellation.ThrowIfCancellationRequested();
                if (!any) await _async.WaitAsync(Interval, cancellation).ConfigureAwait(false);
            }
            finally
            {
                Leave();
            }

            if (any) yield return line;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_gate.Close(out bool isInUse)) Free();
        else if (isInUse) _waits.Interrupt();
    }

    private bool TryTake(out TraceLine line)
    {
        line = default;
        while (true)
        {
            int length = _bytes.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            bool isFull = length < 0 && _start == 0 && _end == _bytes.Length; // no line is so long; take it as it is
            if (length < 0 && !isFull)
            {
                if (!Fill()) return false;
                continue;
            }

            string text = Encoding.UTF8.GetString(_bytes, _start, isFull ? _end : length);
            _start = isFull ? _end : _start + length + 1;
            if (TraceLine.TryParseLost(text, out long lost))
            {
                Lost += lost;
                _lostBefore += lost;
                continue;
            }

            TraceLine.TryParse(text, out line);
            line = line with { Lost = _lostBefore };
            _lostBefore = 0;
            return true;
        }
    }

    private unsafe bool Fill()
    {
        _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
        _end -= _start;
        _start = 0;
        fixed (byte* buffer = _bytes)
        {
            nint count = Libc.Read(_pipe.Fd, buffer + _end, (nuint)(_bytes.Length - _end));
            if (count > 0) _end += (int)count;
            Errno errno = count < 0 ? Libc.LastErrno : Errno.None;
            if (errno is not (Errno.None or Errno.EAGAIN or Errno.EINTR)) throw Refusal.Make(EventCodes.TracePipe, "trace pipe", "read it", "read", errno);
            return count > 0;
        }
    }

    private void Leave()
    {
        if (_gate.Exit()) Free();
    }

    private void Free()
    {
        _async.Dispose();
        _waits.Dispose();
        _pipe.Dispose();
    }
}
