// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links.Cgroup;

/// <summary>
/// Programs for the processes of a cgroup and those below it: their packets, sockets, addresses, options, sysctls, devices.
/// </summary>
public static class Cgroups
{
    private const uint PreOrder = 1 << 6;

    private static readonly (Errno, string)[] s_meanings =
    [
        (Errno.EPERM, "note: also the answer where a cgroup above has a program that allows none below, or this cgroup one that allows none beside it (attached without BPF_F_ALLOW_MULTI)"),
        (Errno.EEXIST, "help: the program is attached here already"),
        (Errno.ENOENT, "help: the program or link that the order or the replacement names is not at this hook; links are placed relative to links, programs without a link to such programs"),
        (Errno.ESTALE, "help: the programs of the hook changed since their revision was read; read it again"),
        (Errno.EBADF, "help: the path is not a directory of the cgroup2 filesystem"),
        (Errno.ENODEV, "help: the cgroup has been removed"),
        (Errno.E2BIG, "note: the hook has as many programs as it may have (64)"),
    ];

    /// <summary>Attaches a program to a cgroup.</summary>
    /// <param name="program">A program of a cgroup type.</param>
    /// <param name="cgroup">The cgroup's directory; relative paths are below the cgroup2 mount.</param>
    /// <param name="options">The hook, if the program does not say, and how it is attached.</param>
    /// <exception cref="KernelException">The kernel refuses, or there is no such cgroup (NEC4205); the program has another type (NEC4212).</exception>
    /// <exception cref="FeatureMissingException">The kernel does not have the hook (NEC4213).</exception>
    public static BpfLink Attach(KernelProgram program, string cgroup, CgroupOptions options = default)
    {
        using KernelHandle handle = CgroupPaths.Open(cgroup);
        return Attach(program, handle, cgroup, options);
    }

    /// <inheritdoc cref="Attach(KernelProgram, string, CgroupOptions)"/>
    /// <param name="program">A program of a cgroup type.</param>
    /// <param name="handle">A descriptor of the cgroup's directory.</param>
    /// <param name="name">The cgroup's name in messages.</param>
    /// <param name="options">The hook, if the program does not say, and how it is attached.</param>
    public static BpfLink Attach(KernelProgram program, KernelHandle handle, string name, CgroupOptions options = default)
    {
        ArgumentNullException.ThrowIfNull(handle);
        AttachType type = HookOf(program, options.Hook);
        string hook = $"{CgroupHooks.Name(type)} of cgroup '{name}'";
        HookPrograms.Require(program, hook, CgroupHooks.Type(type));
        if (options.WithoutLink is { } sharing) return CgroupProgramLink.Attach(program, handle, type, sharing, options, hook);
        LinkCreateAttributes attributes = new()
        {
            TargetFdOrInterface = (uint)handle.Fd,
            Flags = options.Order.Flags | (options.RunsBeforeDescendants ? PreOrder : 0),
            RelativeFdOrId = options.Order.Relative,
            ExpectedRevision = options.ExpectedRevision,
        };
        Errno errno = KernelLink.TryCreate(program, type, ref attributes, hook, out KernelLink? link);
        options.Order.KeepAlive();
        GC.KeepAlive(handle);
        return errno == Errno.None ? link! : throw Refuse(program, handle, type, hook, "bpf(BPF_LINK_CREATE)", errno, options);
    }

    /// <summary>What is attached to a cgroup itself, in order.</summary>
    /// <exception cref="KernelException">There is no such cgroup (NEC4205), or the kernel does not have the hook (NEC4214).</exception>
    public static AttachedPrograms Query(string cgroup, AttachType hook) => Query(cgroup, hook, 0);

    /// <summary>What runs for a cgroup's processes, with what cgroups above attached; the kernel tells neither flags nor links of these.</summary>
    /// <inheritdoc cref="Query(string, AttachType)"/>
    public static AttachedPrograms QueryEffective(string cgroup, AttachType hook) => Query(cgroup, hook, AttachedPrograms.Effective);

    /// <summary>All hooks of cgroups that this build knows.</summary>
    public static IEnumerable<AttachType> Hooks => CgroupHooks.All;

    internal static KernelException Refuse(KernelProgram program, KernelHandle handle, AttachType type, string hook, string call, Errno errno, CgroupOptions options)
    {
        if (errno == Errno.EINVAL)
        {
            if (AttachedPrograms.TryQuery(handle.Fd, type, 0, out _) == Errno.EINVAL) return HookPrograms.Missing($"cgroup hook {CgroupHooks.Name(type)}", hook, call, errno, CgroupHooks.Kernel(type));
            if (!options.Order.IsDefault || options.ExpectedRevision != 0) return HookPrograms.Missing("order among cgroup programs", hook, call, errno, new Version(6, 17), "help: attach without an order; the program is put behind those that are there");
            if (options.RunsBeforeDescendants) return HookPrograms.Missing("programs that run before those of cgroups below", hook, call, errno, new Version(6, 16));
        }

        return HookPrograms.Refuse(NetworkCodes.Cgroup, program, hook, call, errno, s_meanings);
    }

    private static AttachedPrograms Query(string cgroup, AttachType hook, uint flags)
    {
        using KernelHandle handle = CgroupPaths.Open(cgroup);
        return AttachedPrograms.Query(handle.Fd, hook, $"{CgroupHooks.Name(hook)} of cgroup '{cgroup}'", flags);
    }

    private static AttachType HookOf(KernelProgram program, AttachType? asked)
    {
        ArgumentNullException.ThrowIfNull(program);
        AttachType? type = asked ?? (program.ExpectedAttachType is { } own && CgroupHooks.IsHook(own) && CgroupHooks.Type(own) == program.Type ? own : CgroupHooks.Only(program.Type));
        if (type is { } known && CgroupHooks.IsHook(known)) return known;
        throw new KernelException(Diagnostic.Error(NetworkCodes.ProgramType, $"program '{program.Name}': attach it to a cgroup: it does not say to which hook, and its type {program.Type} has several or none",
            "help: name the hook in the options, or load the program with it (its section name says which)"), Errno.None, "bpf(BPF_LINK_CREATE)", program.Name);
    }
}
