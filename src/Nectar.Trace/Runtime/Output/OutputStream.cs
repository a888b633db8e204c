// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Syscalls;
using Nectar.Trace.Printing;

namespace Nectar.Trace.Runtime.Output;

/// <summary>
/// Bytes on their way to a descriptor. A reader that is gone (a closed pipe, a terminal that hung up) is no error: what
/// follows is dropped and <see cref="IsBroken"/> tells the loop to end. Without a descriptor (less than 0) all stays in the buffer.
/// </summary>
internal sealed unsafe class OutputStream(int descriptor, OutputBuffering buffering, KernelHandle? owned = null) : IDisposable
{
    private const int Most = 1 << 16;

    private Microsoft.Win32.SafeHandles.SafeFileHandle? _file;
    private int _flushed; // up to here is checked for line ends

    /// <summary>To a file, which is made new.</summary>
    /// <exception cref="TraceException">It cannot be.</exception>
    public static OutputStream Create(string path, OutputBuffering buffering)
    {
        Microsoft.Win32.SafeHandles.SafeFileHandle file = OutputFile.Write(path, static name => File.OpenHandle(name, FileMode.Create, FileAccess.Write, FileShare.ReadWrite));
        return new OutputStream((int)file.DangerousGetHandle(), buffering) { _file = file };
    }

    public Utf8Buffer Buffer { get; } = new(Most + 4096);

    /// <summary>Nothing can be written any more.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Why nothing can be written; none while it can.</summary>
    public Bpf.Maps.Errno Problem { get; private set; }

    /// <summary>Called after something was appended as a whole.</summary>
    public void Commit()
    {
        if (Buffer.Length >= Most || buffering == OutputBuffering.None || (buffering == OutputBuffering.Line && Buffer.Written[_flushed..].Contains((byte)'\n'))) Flush();
        else _flushed = Buffer.Length;
    }

    /// <summary>Nothing more comes for the moment.</summary>
    public void Idle()
    {
        if (buffering != OutputBuffering.Full && Buffer.Length != 0) Flush();
    }

    public void Flush()
    {
        if (descriptor < 0) return;
        ReadOnlySpan<byte> rest = Buffer.Written;
        fixed (byte* bytes = rest)
        {
            int done = 0;
            while (done < rest.Length && !IsBroken)
            {
                nint written = Libc.Write(descriptor, bytes + done, (nuint)(rest.Length - done));
                if (written >= 0) done += (int)written;
                else if (Libc.LastErrno is var errno && errno == Bpf.Maps.Errno.EAGAIN) Descriptors.Wait(descriptor, Libc.PollOut, -1, out _);
                else if (errno != Bpf.Maps.Errno.EINTR) (IsBroken, Problem) = (true, errno);
            }
        }

        Buffer.Clear();
        _flushed = 0;
    }

    public void Dispose()
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle? file = _file;
        Flush();
        owned?.Dispose();
    }
}
