// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>What a helper does beside computing, and where it may be called.</summary>
[Flags]
internal enum HelperTraits : ushort
{
    /// <summary>Nothing that matters outside its result.</summary>
    None = 0,

    /// <summary>Only for programs with a GPL-compatible licence.</summary>
    GplOnly = 1,

    /// <summary>Its memory arguments may lie in the packet.</summary>
    PacketAccess = 2,

    /// <summary>It may sleep: only sleepable programs, outside of RCU sections, locks and callbacks that do not sleep.</summary>
    MightSleep = 4,

    /// <summary>It may change or move the packet: pointers into it are void afterwards.</summary>
    ChangesPacket = 8,

    /// <summary>The JIT may inline it without touching r1 to r5 (from 6.10 on).</summary>
    FastCall = 16,

    /// <summary>What it returns is a reference that has to be given back.</summary>
    Acquires = 32,

    /// <summary>It gives a reference back.</summary>
    Releases = 64,

    /// <summary>It calls a function of the program before it returns.</summary>
    SynchronousCallback = 128,

    /// <summary>It leaves a function of the program to be called later.</summary>
    AsynchronousCallback = 256,

    /// <summary>What it returns points into its first reference argument and lives as long as that.</summary>
    ReturnsPartOfArgument = 512,

    /// <summary>It casts a socket: what it returns lives as long as its argument.</summary>
    CastsSocket = 1024,

    /// <summary>It reads through the stack while it runs as if unprivileged code asked: only with CAP_PERFMON.</summary>
    NeedsPerfmon = 2048,

    /// <summary>Only with CAP_BPF.</summary>
    NeedsBpf = 4096,
}
