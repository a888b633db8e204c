// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>
/// An iterator: a program that runs for each task, map, socket or other object of the kernel, whenever somebody reads
/// (kernel 5.8). What it writes with <c>bpf_seq_write</c> is what the reader gets.
/// </summary>
public sealed unsafe class IteratorLink : BpfLink
{
    private readonly KernelLink _link;

    private IteratorLink(KernelLink link)
        : base(link.Target) => _link = link;

    /// <summary>The descriptor; owned by this object.</summary>
    public KernelHandle Handle => _link.Handle;

    /// <summary>Makes an iterator of a program that was loaded for one (<c>iter/task</c>).</summary>
    /// <exception cref="KernelException">The kernel refuses (NEC4106).</exception>
    public static IteratorLink Attach(KernelProgram program, IteratorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        options ??= IteratorOptions.None;
        string target = program.Definition?.AttachTarget is { } kind ? $"iterator {kind}" : "iterator";
        using KernelHandle? cgroup = options.CgroupPath is { } path ? OpenCgroup(path) : null;
        IteratorInfo info = default;
        uint size = 0;
        if (options.Map is { } map) (info.First, size) = ((uint)map.Fd, 4);
        else if (cgroup is not null || options.CgroupOrder != CgroupOrder.Unspecified || program.Definition?.AttachTarget == "cgroup") (info.First, info.Second, size) = ((uint)Order(options), (uint)(cgroup?.Fd ?? 0), 16);
        else if (options.ThreadId != 0 || options.ProcessId != 0) (info.First, info.Second, size) = ((uint)options.ThreadId, (uint)options.ProcessId, 12);

        LinkCreateAttributes attributes = new() { IteratorInfo = size == 0 ? 0 : (ulong)&info, IteratorInfoSize = size };
        Errno errno = KernelLink.TryCreate(program, AttachType.TraceIter, ref attributes, target, out KernelLink? link);
        GC.KeepAlive(options.Map);
        return errno == Errno.None ? new IteratorLink(link!) : throw Refusal.Make(TracingCodes.Iterator, $"program '{program.Name}'", $"make an {target} of it", "bpf(BPF_LINK_CREATE)", errno, errno switch
        {
            Errno.EBADF when options.Map is null => ["help: this kind of iterator walks over the elements of a map: say which"],
            Errno.EINVAL or Errno.E2BIG when size != 0 => ["note: the kind of iterator takes other options, or this kernel does not know them: cgroup and task options came with 6.1"],
            Errno.EACCES => ["note: the program reads or writes more than the map's keys and values have"],
            Errno.ESRCH => ["note: there is no such process"],
            _ => [],
        });
    }

    /// <summary>Begins a walk. Each stream is a walk of its own, which happens while it is read.</summary>
    /// <exception cref="KernelException">The kernel refuses (NEC4106).</exception>
    public IteratorStream Open()
    {
        IteratorCreateAttributes attributes = new() { LinkFd = (uint)_link.Handle.Fd };
        Errno errno = BpfSyscall.TryOpen(BpfCommand.IterCreate, ref attributes, out KernelHandle? handle);
        GC.KeepAlive(this);
        return errno == Errno.None ? new IteratorStream(handle!, Target) : throw Refusal.Make(TracingCodes.Iterator, Target, "begin to read it", "bpf(BPF_ITER_CREATE)", errno);
    }

    /// <summary>Walks once and gives all that the program wrote, as UTF-8 text.</summary>
    /// <exception cref="KernelException">The walk fails (NEC4106).</exception>
    public string ReadText()
    {
        using StreamReader reader = new(Open(), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <inheritdoc/>
    public override void Update(KernelProgram program, KernelProgram? expected = null) => _link.Update(program, expected);

    /// <summary>Pins the iterator: then any process that may read the path walks by reading it (<c>cat PATH</c>).</summary>
    /// <exception cref="KernelException">The path cannot be pinned to (NEC4006).</exception>
    public override void Pin(string path) => _link.Pin(path);

    /// <inheritdoc/>
    protected override void Detach() => _link.Dispose();

    /// <summary>The kernel wants an order for cgroups, whatever the cgroup.</summary>
    private static CgroupOrder Order(IteratorOptions options) => options.CgroupOrder == CgroupOrder.Unspecified ? CgroupOrder.DescendantsFirstToLast : options.CgroupOrder;

    private static KernelHandle OpenCgroup(string path)
    {
        int fd = Libc.Open(path, Libc.OReadOnly | Libc.OCloseOnExec);
        return fd >= 0 ? new KernelHandle(fd) : throw Refusal.Make(TracingCodes.Iterator, $"cgroup '{path}'", "open", "open", Libc.LastErrno);
    }

    /// <summary><c>union bpf_iter_link_info</c>: a map's descriptor; or order, cgroup descriptor and id; or thread, process and pidfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct IteratorInfo
    {
        internal uint First, Second;
        internal ulong Third;
    }
}
