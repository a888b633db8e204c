// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>One walk of an iterator, from the first object to the last.</summary>
public sealed unsafe class IteratorStream : Stream
{
    private const int MaxRetries = 1000;
    private readonly KernelHandle _handle;
    private readonly string _target;

    internal IteratorStream(KernelHandle handle, string target)
    {
        _handle = handle;
        _target = target;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    /// <exception cref="KernelException">The walk fails (NEC4106): <c>E2BIG</c> if the program wrote more for one object than the kernel's buffer holds.</exception>
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        for (int i = 0; ; i++)
        {
            nint got;
            fixed (byte* bytes = buffer) got = Libc.Read(_handle.Fd, bytes, (nuint)buffer.Length);
            Errno errno = got >= 0 ? Errno.None : Libc.LastErrno;
            GC.KeepAlive(_handle);
            if (got >= 0) return (int)got;
            // EAGAIN: the kernel has walked over a million objects that the program wrote nothing for, and lets others run
            if (errno is not (Errno.EAGAIN or Errno.EINTR) || i == MaxRetries)
            {
                throw Refusal.Make(TracingCodes.Iterator, _target, "read it", "read", errno, errno == Errno.E2BIG ? ["note: the program writes more for one object than fits into the kernel's buffer (8 pages)"] : []);
            }
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _handle.Dispose();
        base.Dispose(disposing);
    }
}
