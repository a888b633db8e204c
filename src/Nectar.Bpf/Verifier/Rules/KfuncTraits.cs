// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Rules;

/// <summary>What a kernel function is declared to be and do (the kernel's KF_ flags).</summary>
[Flags]
internal enum KfuncTraits : ushort
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>It gives a reference.</summary>
    Acquires = 1,

    /// <summary>It takes a reference back.</summary>
    Releases = 2,

    /// <summary>What it returns may be null.</summary>
    MaybeNull = 4,

    /// <summary>Objects have to be valid for certain.</summary>
    TrustedArguments = 8,

    /// <summary>Only sleepable programs call it, outside of sections that cannot sleep.</summary>
    MaySleep = 16,

    /// <summary>It may take the machine down: needs CAP_SYS_BOOT.</summary>
    Destructive = 32,

    /// <summary>Objects have to be valid, be it only under RCU.</summary>
    RcuArguments = 64,

    /// <summary>It begins an iteration.</summary>
    IteratorNew = 128,

    /// <summary>It gives the next element.</summary>
    IteratorNext = 256,

    /// <summary>It ends an iteration.</summary>
    IteratorDestroy = 512,

    /// <summary>Only inside of RCU sections.</summary>
    RcuProtected = 1024,

    /// <summary>The JIT may inline it without touching r1 to r5.</summary>
    FastCall = 2048,
}
