// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Maps;
using Nectar.Linux.Cleanup;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links.Network;

/// <summary>
/// A program as a direct-action filter of the clsact qdisc. It is removed only while the filter with its priority and handle is
/// still this program. The kernel keeps it when the process is killed.
/// </summary>
public sealed class TcFilterLink : BpfLink
{
    private readonly NetlinkSocket _socket;
    private readonly TcDirection _direction;
    private uint _programId;
    private LeftoverNote _note;

    private TcFilterLink(NetlinkSocket socket, int interfaceIndex, TcDirection direction, ushort priority, uint handle, uint programId, LeftoverNote note, string target)
        : base(target)
    {
        _note = note;
        _socket = socket;
        InterfaceIndex = interfaceIndex;
        _direction = direction;
        Priority = priority;
        Handle = handle;
        _programId = programId;
    }

    /// <summary>The interface.</summary>
    public int InterfaceIndex { get; }

    /// <summary>The filter's priority, as it was asked for or as the kernel chose it.</summary>
    public ushort Priority { get; }

    /// <summary>The filter's number inside its priority.</summary>
    public uint Handle { get; }

    /// <inheritdoc/>
    public override bool IsAttached => !IsDisposed && IsOurs();

    /// <inheritdoc/>
    public override void Update(KernelProgram program, KernelProgram? expected = null)
    {
        HookPrograms.Require(program, Target, Bpf.Objects.ProgramType.SchedCls);
        if (expected is not null && ProgramInfo.ReadId(expected.Handle) != Find()) throw Tc.Refuse(program, Target, "rtnetlink(RTM_NEWTFILTER)", Errno.EBUSY);
        (ushort priority, uint handle) = (Priority, Handle);
        LeftoverNote note = Note(program, InterfaceIndex, _direction);
        Errno errno = Clsact.Add(_socket, InterfaceIndex, _direction, program.Fd, program.Name, replace: true, ref priority, ref handle, out string? reason);
        GC.KeepAlive(program);
        if (errno != Errno.None)
        {
            note.Dispose();
            throw Tc.Refuse(program, Target, "rtnetlink(RTM_NEWTFILTER)", errno, reason);
        }

        _note.Dispose();
        _note = note;
        _programId = ProgramInfo.ReadId(program.Handle);
    }

    internal static TcFilterLink Attach(KernelProgram program, int interfaceIndex, TcDirection direction, TcOptions options, string? fallback)
    {
        string hook = string.Create(CultureInfo.InvariantCulture, $"tc filter {Tc.Name(direction)} on {NetworkInterfaces.Describe(interfaceIndex)}");
        NetlinkSocket socket = NetlinkSocket.Open();
        try
        {
            Errno errno = Clsact.Acquire(socket, interfaceIndex, out string? reason);
            if (errno != Errno.None) throw Tc.Refuse(program, hook, "rtnetlink(RTM_NEWQDISC)", errno, reason);
            (ushort priority, uint handle) = (options.Priority, options.Handle);
            LeftoverNote note = Note(program, interfaceIndex, direction);
            errno = Clsact.Add(socket, interfaceIndex, direction, program.Fd, program.Name, options.Replace, ref priority, ref handle, out reason);
            GC.KeepAlive(program);
            if (errno != Errno.None)
            {
                note.Dispose();
                Clsact.Release(socket, interfaceIndex);
                throw Tc.Refuse(program, hook, "rtnetlink(RTM_NEWTFILTER)", errno, reason);
            }

            return new TcFilterLink(socket, interfaceIndex, direction, priority, handle, ProgramInfo.ReadId(program.Handle), note, hook) { Fallback = fallback };
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Detach()
    {
        if (IsOurs()) _ = Clsact.Remove(_socket, InterfaceIndex, _direction, Priority, Handle);
        Clsact.Release(_socket, InterfaceIndex);
        _note.Dispose();
        _socket.Dispose();
    }

    private static LeftoverNote Note(KernelProgram program, int interfaceIndex, TcDirection direction) => LeftoverNote.Write(LeftoverKind.TcFilter, LeftoverNote.CurrentNamespace(),
        interfaceIndex.ToString(CultureInfo.InvariantCulture), direction.ToString(), ProgramInfo.ReadId(program.Handle).ToString(CultureInfo.InvariantCulture));

    private bool IsOurs() => Find() == _programId;

    // The program at our place; 0 if there is none, as when the interface has gone.
    private uint Find()
    {
        try
        {
            foreach (TcFilter filter in Clsact.Filters(_socket, InterfaceIndex, _direction))
            {
                if (filter.Priority == Priority && filter.Handle == Handle) return filter.ProgramId;
            }
        }
        catch (Bpf.Diagnostics.KernelException)
        {
            return 0; // the interface has gone, and the filter with it
        }

        return 0;
    }
}
