// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;

namespace Nectar.Compiler.Ir;

/// <summary>What code is made for.</summary>
/// <param name="Cpu">The instruction set's version, 1 to 4.</param>
/// <param name="Kernel">The oldest kernel that shall load it; null for the newest.</param>
internal sealed record CompilationTarget(int Cpu = 3, KernelVersion? Kernel = null)
{
    /// <summary>True if every kernel that shall load it is at least of a version.</summary>
    public bool Has(int major, int minor) => Kernel is not { } kernel || kernel.Major > major || (kernel.Major == major && kernel.Minor >= minor);

    public bool HasJump32 => Cpu >= 3;

    public bool HasLessJumps => Cpu >= 2;

    public bool HasFetchingAtomics => Cpu >= 3;

    public bool HasSignedDivision => Cpu >= 4;

    public bool HasSignedLoads => Cpu >= 4;

    public bool HasUnconditionalByteSwap => Cpu >= 4;

    public bool HasLongJump => Cpu >= 4;

    /// <summary>Loops whose way back is no jump: before 6.7 the kernel took an ordinary instruction in front of its loop's head for one that never ends.</summary>
    public bool HasLoopsByFallingThrough => Has(6, 7);

    public bool HasStoreImmediate => true;
}
