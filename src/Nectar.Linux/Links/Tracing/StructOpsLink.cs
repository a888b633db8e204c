// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Cleanup;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>
/// A struct of functions that the kernel calls (a TCP congestion control, say), implemented by programs: registered while this lives
/// (kernel 5.6).
/// </summary>
/// <remarks>
/// Variables in <c>.struct_ops.link</c> (kernel 6.4) become a bpf_link, which ends with the process. Variables in <c>.struct_ops</c> are
/// registered by writing the map, which the kernel does not tie to a descriptor: if the process is killed they stay registered until
/// <see cref="Unregister"/>.
/// </remarks>
public sealed class StructOpsLink : BpfLink
{
    private readonly KernelMap _map;
    private readonly KernelLink? _link;
    private readonly LeftoverNote? _note;

    private StructOpsLink(KernelMap map, KernelLink? link, LeftoverNote? note, string target)
        : base(target)
    {
        _note = note;
        _map = map;
        _link = link;
    }

    /// <summary>The link's descriptor; null for a struct that is registered by its map alone.</summary>
    public KernelHandle? Handle => _link?.Handle;

    /// <summary>Registers the struct that a map of a loaded object holds.</summary>
    /// <param name="map">A map of type <see cref="MapType.StructOps"/>; it must live as long as the link.</param>
    /// <exception cref="KernelException">The kernel refuses the struct (NEC4107).</exception>
    public static StructOpsLink Attach(KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        string target = $"struct_ops {map.StructOps?.TypeName} '{map.Name}'";
        bool hasLink = (map.Definition.Flags & MapFlags.Link) != 0;
        LeftoverNote? note = hasLink ? null : LeftoverNote.Write(LeftoverKind.StructOps, map.GetInfo().Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        try
        {
            Write(map, target, mayBeSet: hasLink);
        }
        catch
        {
            note?.Dispose();
            throw;
        }

        if (!hasLink) return new StructOpsLink(map, null, note, target);
        LinkCreateAttributes attributes = new() { ProgramOrMapFd = (uint)map.Handle.Fd, AttachType = (uint)AttachType.StructOps };
        Errno errno = BpfSyscall.TryOpen(BpfCommand.LinkCreate, ref attributes, out KernelHandle? handle);
        GC.KeepAlive(map);
        return errno == Errno.None ? new StructOpsLink(map, new KernelLink(handle!, target), null, target) : throw Refuse(target, "register", "bpf(BPF_LINK_CREATE)", errno);
    }

    /// <summary>Ends a registration that was made by writing the map, also one of a process that is gone.</summary>
    /// <returns>False if the struct is not registered.</returns>
    /// <exception cref="KernelException">The kernel refuses (NEC4107).</exception>
    public static bool Unregister(KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        Errno errno = map.Delete(stackalloc byte[4]);
        if (errno is Errno.None or Errno.ENOENT or Errno.EINPROGRESS) return errno == Errno.None;
        throw Refuse($"struct_ops '{map.Name}'", "unregister", "bpf(BPF_MAP_DELETE_ELEM)", errno);
    }

    /// <summary>Puts another struct of the same type in the place of this one, without a moment between (kernel 6.4; links only).</summary>
    /// <param name="map">The other struct's map; it must have <see cref="MapFlags.Link"/>, and live as long as the link.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4107): congestion controls, for instance, must keep their name.</exception>
    public void Update(KernelMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (_link is null) throw Refuse(Target, "replace", "bpf(BPF_LINK_UPDATE)", Errno.EOPNOTSUPP, "note: it was registered by its map alone; put the variable into section .struct_ops.link");
        Write(map, Target, mayBeSet: true);
        LinkUpdateAttributes attributes = new() { LinkFd = (uint)_link.Handle.Fd, NewProgramOrMapFd = (uint)map.Handle.Fd };
        Errno errno = BpfSyscall.Try(BpfCommand.LinkUpdate, ref attributes);
        GC.KeepAlive(map);
        GC.KeepAlive(this);
        if (errno != Errno.None) throw Refuse(Target, $"replace it by '{map.Name}'", "bpf(BPF_LINK_UPDATE)", errno);
    }

    /// <inheritdoc/>
    public override void Pin(string path)
    {
        if (_link is null) base.Pin(path);
        else _link.Pin(path);
    }

    /// <inheritdoc/>
    protected override void Detach()
    {
        if (_link is not null)
        {
            _link.Dispose();
            return;
        }

        _ = _map.Delete(stackalloc byte[4]);
        _note?.Dispose();
    }

    private static void Write(KernelMap map, string target, bool mayBeSet)
    {
        if (map.StructOps is not { } value) throw Refuse(target, "register", "bpf(BPF_MAP_UPDATE_ELEM)", Errno.EINVAL, "note: the map was not made of an object's variable, so its value is not known here");
        Errno errno = map.Update(stackalloc byte[4], value.Bytes);
        // EBUSY: the value was set before, and stays what it was
        if (errno != Errno.None && !(mayBeSet && errno == Errno.EBUSY)) throw Refuse(target, "register", "bpf(BPF_MAP_UPDATE_ELEM)", errno);
    }

    private static KernelException Refuse(string target, string tried, string call, Errno errno, params ReadOnlySpan<string> notes) =>
        Refusal.Make(TracingCodes.StructOps, target, tried, call, errno, notes.Length > 0 ? notes : errno switch
        {
            Errno.EEXIST => ["note: the kernel has one of that name already"],
            Errno.EINVAL => ["note: a function that the kernel cannot do without is missing, or a member has a value that it does not allow"],
            Errno.EBUSY => ["note: the struct is registered already"],
            _ => [],
        });
}
