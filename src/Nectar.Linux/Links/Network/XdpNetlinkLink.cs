// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Maps;
using Nectar.Linux.Cleanup;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links.Network;

/// <summary>
/// An XDP program that was attached with rtnetlink (<c>RTM_SETLINK</c>). It is taken off only while it is still the one that is
/// there. The kernel keeps it when the process is killed.
/// </summary>
internal sealed class XdpNetlinkLink : BpfLink
{
    private const ushort XdpAttribute = 43, Descriptor = 1, ModeFlags = 3, ExpectedDescriptor = 8;
    private const uint OnlyIfNone = 1, Replace = 16; // XDP_FLAGS_UPDATE_IF_NOEXIST, XDP_FLAGS_REPLACE

    private readonly NetlinkSocket _socket;
    private readonly int _interfaceIndex;
    private readonly XdpMode _mode;
    private readonly Lock _lock = new();
    private KernelHandle _program;
    private uint _programId;
    private LeftoverNote _note;

    private XdpNetlinkLink(NetlinkSocket socket, int interfaceIndex, XdpMode mode, KernelProgram program, string target)
        : base(target)
    {
        _socket = socket;
        _interfaceIndex = interfaceIndex;
        _mode = mode;
        _program = program.Handle.Duplicate();
        _programId = ProgramInfo.ReadId(program.Handle);
        _note = Note(_programId);
    }

    public override bool IsAttached =>
        !IsDisposed && NetworkInterfaces.TryGet(_socket, _interfaceIndex, out _) is { } found && found.Xdp.ProgramId(_mode) == _programId;

    public override void Update(KernelProgram program, KernelProgram? expected = null)
    {
        HookPrograms.Require(program, Target, Bpf.Objects.ProgramType.Xdp);
        lock (_lock)
        {
            KernelHandle next = program.Handle.Duplicate();
            uint nextId = ProgramInfo.ReadId(next);
            LeftoverNote note = Note(nextId);
            Errno errno = Set(next.Fd, expected?.Fd ?? _program.Fd, Replace, out string? reason);
            if (errno != Errno.None)
            {
                next.Dispose();
                note.Dispose();
                throw Xdp.Refuse(program, Target, "rtnetlink(RTM_SETLINK)", errno, reason);
            }

            _program.Dispose();
            _note.Dispose();
            (_program, _programId, _note) = (next, nextId, note);
        }
    }

    internal static Errno TryAttach(KernelProgram program, int interfaceIndex, XdpMode mode, XdpOptions options, string hook, string? fallback, out BpfLink? result, out string? reason)
    {
        XdpNetlinkLink link = new(NetlinkSocket.Open(), interfaceIndex, mode, program, hook) { Fallback = fallback };
        uint flags = options.Replaces is not null ? Replace : options.ReplaceAny ? 0 : OnlyIfNone;
        Errno errno = link.Set(program.Fd, options.Replaces?.Fd ?? -1, flags, out reason);
        GC.KeepAlive(program);
        GC.KeepAlive(options.Replaces);
        result = errno == Errno.None ? link : null;
        if (result is null) link.Close();
        return errno;
    }

    /// <summary>Takes whatever program is there off, whoever attached it with rtnetlink.</summary>
    internal static void Remove(int interfaceIndex, XdpMode mode, string hook)
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        NetlinkMessage message = new(stackalloc byte[NetlinkMessage.BufferSize], RouteMessage.SetLink, 0);
        message.Body(new InterfaceMessage { Index = interfaceIndex });
        int nest = message.Begin(XdpAttribute);
        message.Add(Descriptor, -1);
        message.Add(ModeFlags, (int)Xdp.Flags(mode));
        message.End(nest);
        Errno errno = socket.Send(message.Finish(), out string? reason);
        if (errno != Errno.None) throw Refusal.Make(NetworkCodes.Xdp, hook, "detach its program", "rtnetlink(RTM_SETLINK)", errno, NetworkInterfaces.Notes(reason));
    }

    protected override void Detach()
    {
        // The kernel compares: a program that somebody else put there stays. An interface that has gone took the program with it.
        lock (_lock) _ = Set(-1, _program.Fd, Replace, out _);
        Close();
    }

    private LeftoverNote Note(uint programId) => LeftoverNote.Write(LeftoverKind.Xdp, LeftoverNote.CurrentNamespace(),
        _interfaceIndex.ToString(CultureInfo.InvariantCulture), _mode.ToString(), programId.ToString(CultureInfo.InvariantCulture));

    private void Close()
    {
        _note.Dispose();
        _program.Dispose();
        _socket.Dispose();
    }

    private Errno Set(int program, int expected, uint flags, out string? reason)
    {
        NetlinkMessage message = new(stackalloc byte[NetlinkMessage.BufferSize], RouteMessage.SetLink, 0);
        message.Body(new InterfaceMessage { Index = _interfaceIndex });
        int nest = message.Begin(XdpAttribute);
        message.Add(Descriptor, program);
        message.Add(ModeFlags, (int)(Xdp.Flags(_mode) | flags));
        if ((flags & Replace) != 0) message.Add(ExpectedDescriptor, expected);
        message.End(nest);
        return _socket.Send(message.Finish(), out reason);
    }
}
