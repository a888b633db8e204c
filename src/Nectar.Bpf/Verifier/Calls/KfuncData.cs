// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>What the arguments of one call of a kernel function say to the arguments after them and to the result.</summary>
internal ref struct KfuncData
{
    internal KfuncData(KfuncPrototype function)
    {
        Function = function;
        Map = Subprogram = IteratorSlot = -1;
    }

    internal KfuncPrototype Function { get; }

    /// <summary>The reference that an argument holds, and the argument that is given back; 0 for none.</summary>
    internal int ReferenceId, ReleasedRegister;

    /// <summary>The value of the constant argument.</summary>
    internal ulong Constant;

    internal bool HasConstant;

    /// <summary>The size of the memory that comes back; 0 if its type says.</summary>
    internal ulong ResultSize;

    internal bool IsResultReadOnly;

    internal int Map, MapInstance, Subprogram;

    /// <summary>True if what is acquired again is owned already: then that cannot fail.</summary>
    internal bool IsOwned;

    /// <summary>The type of the object that was passed.</summary>
    internal int ObjectSet;

    internal uint ObjectType;

    /// <summary>The list or tree.</summary>
    internal SpecialField? Root;

    internal Dynptrs.Info Dynptr;

    internal int IteratorFrame, IteratorSlot;
}
