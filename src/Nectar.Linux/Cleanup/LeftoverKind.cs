// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Cleanup;

/// <summary>What the kernel keeps when the process that made it is killed.</summary>
public enum LeftoverKind
{
    /// <summary>A probe of the older kind in <c>kprobe_events</c> or <c>uprobe_events</c>.</summary>
    ProbeEvent,

    /// <summary>A filter of the clsact qdisc.</summary>
    TcFilter,

    /// <summary>A clsact qdisc that was made for such filters, and has none.</summary>
    Qdisc,

    /// <summary>An XDP program that was attached with rtnetlink.</summary>
    Xdp,

    /// <summary>A program that was attached to a cgroup without a link.</summary>
    CgroupProgram,

    /// <summary>A struct_ops map that was registered without a link.</summary>
    StructOps,
}
