// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>What the arguments of one call say to the arguments after them and to the result.</summary>
internal ref struct HelperData
{
    internal HelperData(HelperPrototype helper)
    {
        Helper = helper;
        Map = Subprogram = -1;
        ConstantKey = -1;
    }

    internal HelperPrototype Helper { get; }

    /// <summary>The map that the call works on, and which instance of an inner map; -1 for none.</summary>
    internal int Map, MapInstance;

    /// <summary>The value of a key that is a constant; -1 if it is not.</summary>
    internal long ConstantKey;

    /// <summary>The reference that an argument holds; 0 for none.</summary>
    internal int ReferenceId;

    /// <summary>The argument that is given back; 0 for none.</summary>
    internal int ReleasedRegister;

    /// <summary>The callback; -1 for none.</summary>
    internal int Subprogram;

    /// <summary>The most that the size of memory can be, and the size of memory that comes back.</summary>
    internal ulong LargestSize, AllocationSize;

    /// <summary>The stack memory that the call initializes.</summary>
    internal RawMemory Raw;

    /// <summary>The pointer field that is exchanged.</summary>
    internal SpecialField? Kptr;

    /// <summary>The type of a per-CPU argument.</summary>
    internal int PerCpuSet;

    internal uint PerCpuType;

    internal Dynptrs.Info Dynptr;
}
