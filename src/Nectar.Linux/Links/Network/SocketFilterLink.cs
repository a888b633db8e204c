// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links.Network;

/// <summary>A program of one socket. The socket option has room for one, so detaching removes whatever is there.</summary>
internal sealed unsafe class SocketFilterLink : BpfLink
{
    private readonly SafeHandle _socket;
    private readonly int _option, _detach;

    internal SocketFilterLink(SafeHandle socket, int option, int detach, string target)
        : base(target)
    {
        _socket = socket;
        _option = option;
        _detach = detach;
    }

    public override bool IsAttached => !IsDisposed && !_socket.IsClosed;

    public override void Update(KernelProgram program, KernelProgram? expected = null)
    {
        HookPrograms.Require(program, Target, ProgramType.SocketFilter, ProgramType.SkReuseport);
        if (expected is not null) throw new KernelException(Diagnostic.Error(NetworkCodes.SocketFilter, $"{Target}: replace a certain program: the kernel cannot tell which one a socket has"), Errno.EOPNOTSUPP, "setsockopt", Target);
        int fd = program.Fd;
        // SO_ATTACH_FILTER and SO_ATTACH_REUSEPORT_CBPF take classic programs; their siblings take ours.
        Errno errno = SocketFilters.Set(_socket, _option switch { 26 => 50, 51 => 52, _ => _option }, &fd, sizeof(int));
        GC.KeepAlive(program);
        if (errno != Errno.None) throw HookPrograms.Refuse(NetworkCodes.SocketFilter, program, Target, "setsockopt", errno, []);
    }

    protected override void Detach()
    {
        if (_socket.IsClosed) return; // the filter went with the socket
        int unused = 0;
        try
        {
            _ = SocketFilters.Set(_socket, _detach, &unused, sizeof(int)); // EPERM: locked for good, which its user wanted; ENOENT: removed by others
        }
        catch (ObjectDisposedException)
        {
            // closed by another thread between the two lines
        }
    }
}
