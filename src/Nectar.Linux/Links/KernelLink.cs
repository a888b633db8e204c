// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Pins;
using Nectar.Linux.Programs;
using Nectar.Linux.Refusals;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links;

/// <summary>A <c>bpf_link</c>: an attachment that is an object of the kernel, ends with its last descriptor or pin, and can be updated and pinned.</summary>
public sealed class KernelLink : BpfLink
{
    private const uint Replace = 4; // BPF_F_REPLACE

    internal KernelLink(KernelHandle handle, string target)
        : base(target) => Handle = handle;

    /// <summary>The descriptor; owned by this object.</summary>
    public KernelHandle Handle { get; }

    /// <summary>What was made for this link alone and goes with it: the perf event under it, a probe in the trace filesystem; mostly null.</summary>
    internal IReadOnlyList<IDisposable>? Companions { get; set; }

    /// <summary>Makes a link with what the hook wants to know.</summary>
    /// <exception cref="KernelException">The kernel refuses (NEC4004).</exception>
    internal static KernelLink Create(KernelProgram program, AttachType type, ref LinkCreateAttributes attributes, string target, params ReadOnlySpan<string> notes)
    {
        Errno errno = TryCreate(program, type, ref attributes, target, out KernelLink? link);
        return errno == Errno.None ? link! : throw Refusal.Make(LinuxCodes.Link, $"program '{program.Name}'", $"attach it to {target}", "bpf(BPF_LINK_CREATE)", errno,
            new RefusalContext { ProgramType = program.Type, AttachType = type }, notes);
    }

    /// <summary>As <see cref="Create"/>, for callers that know another way.</summary>
    internal static Errno TryCreate(KernelProgram program, AttachType type, ref LinkCreateAttributes attributes, string target, out KernelLink? link, string? fallback = null)
    {
        attributes.ProgramOrMapFd = (uint)program.Fd;
        attributes.AttachType = (uint)type;
        Errno errno = BpfSyscall.TryOpen(BpfCommand.LinkCreate, ref attributes, out KernelHandle? handle);
        GC.KeepAlive(program);
        link = errno == Errno.None ? new KernelLink(handle!, target) { Fallback = fallback } : null;
        return errno;
    }

    /// <summary>Opens a link that lives in the kernel.</summary>
    /// <exception cref="KernelException">There is no such link, or it may not be opened (NEC4004).</exception>
    public static KernelLink OpenById(uint id)
    {
        ObjectIdAttributes attributes = new() { Id = id };
        Errno errno = BpfSyscall.TryOpen(BpfCommand.LinkGetFdById, ref attributes, out KernelHandle? handle);
        return errno == Errno.None ? new KernelLink(handle!, $"link {id}") : throw Refusal.Make(LinuxCodes.Link, $"link {id}", "open", "bpf(BPF_LINK_GET_FD_BY_ID)", errno);
    }

    /// <summary>Opens a pinned link.</summary>
    /// <exception cref="KernelException">There is nothing of BPF at the path (NEC4006).</exception>
    public static KernelLink OpenPinned(string path) => new(BpfPins.Open(path), $"link '{path}'");

    /// <inheritdoc/>
    public override bool IsAttached => !IsDisposed && LinkTarget.Exists(Handle);

    /// <inheritdoc/>
    public override void Update(KernelProgram program, KernelProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        LinkUpdateAttributes attributes = new()
        {
            LinkFd = (uint)Handle.Fd,
            NewProgramOrMapFd = (uint)program.Fd,
            Flags = expected is null ? 0 : Replace,
            OldProgramOrMapFd = (uint)(expected?.Fd ?? 0),
        };
        Errno errno = BpfSyscall.Try(BpfCommand.LinkUpdate, ref attributes);
        GC.KeepAlive(this);
        if (errno != Errno.None) throw Refusal.Make(LinuxCodes.Link, Target, $"replace its program by '{program.Name}'", "bpf(BPF_LINK_UPDATE)", errno);
    }

    /// <inheritdoc/>
    public override void Pin(string path) => BpfPins.Pin(Handle, path, Target);

    /// <summary>Detaches the program for everybody, pins and other descriptors included (kernel 5.9); the link stays as an empty shell.</summary>
    /// <exception cref="KernelException">The link's type cannot be detached so (NEC4004).</exception>
    public void ForceDetach()
    {
        FlagsAndFdAttributes attributes = new() { First = (uint)Handle.Fd };
        Errno errno = BpfSyscall.Try(BpfCommand.LinkDetach, ref attributes);
        GC.KeepAlive(this);
        if (errno != Errno.None) throw Refusal.Make(LinuxCodes.Link, Target, "detach", "bpf(BPF_LINK_DETACH)", errno);
    }

    /// <inheritdoc/>
    protected override void Detach()
    {
        Handle.Dispose();
        foreach (IDisposable companion in Companions ?? []) companion.Dispose();
    }
}
