// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links.Cgroup;

/// <summary>How a cgroup program is attached.</summary>
public readonly record struct CgroupOptions
{
    /// <summary>The hook, for programs that do not say (<c>cgroup/skb</c>, or opened by id); null for the program's own.</summary>
    public AttachType? Hook { get; init; }

    /// <summary>
    /// The place among the cgroup's programs (kernel 6.17); behind all others if not set. Links are placed relative to links, programs
    /// without a link to such programs.
    /// </summary>
    public AttachOrder Order { get; init; }

    /// <summary>Fail if the programs of the hook changed since <see cref="AttachedPrograms.Revision"/> was read (kernel 6.17); 0 for any.</summary>
    public ulong ExpectedRevision { get; init; }

    /// <summary>Run before the programs of cgroups below instead of after (<c>BPF_F_PREORDER</c>, kernel 6.16).</summary>
    public bool RunsBeforeDescendants { get; init; }

    /// <summary>Attach without a link, as <see cref="CgroupSharing"/> says. The program then stays when the process is killed, until the cgroup is removed.</summary>
    public CgroupSharing? WithoutLink { get; init; }

    /// <summary>With <see cref="WithoutLink"/> and <see cref="CgroupSharing.Several"/>: the program whose place this one takes.</summary>
    public KernelProgram? Replaces { get; init; }
}

/// <summary>What a program that is attached without a link allows beside and below it.</summary>
public enum CgroupSharing
{
    /// <summary>No other program here or below (no flag).</summary>
    Exclusive = 0,

    /// <summary>Cgroups below may have a program that replaces this one for them (<c>BPF_F_ALLOW_OVERRIDE</c>).</summary>
    Override = 1,

    /// <summary>Any number of programs here and below; all run (<c>BPF_F_ALLOW_MULTI</c>; what links do).</summary>
    Several = 2,
}
