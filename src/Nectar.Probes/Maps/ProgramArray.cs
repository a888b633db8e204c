// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Programs to go on in (tail calls). Kernel 4.2.</summary>
/// <param name="maxEntries">Entries.</param>
[MapType(3, Key = typeof(uint), Value = typeof(uint))]
public sealed unsafe class ProgramArray([MaxEntries] int maxEntries) : Map(MapType.ProgArray, sizeof(uint), sizeof(uint), maxEntries)
{
    /// <summary>
    /// Goes on in another program of the same kind, which does not come back: what follows the call runs only if the entry is empty or 33 tail
    /// calls were made. Reservations must be submitted or discarded before. On the CLR entries are empty.
    /// </summary>
    /// <param name="context">The program's context: <c>ctx.Pointer</c>.</param>
    /// <param name="index">The entry.</param>
    public void Call(void* context, uint index) => Bpf.TailCall(context, this, index);

    /// <summary>For user space: puts a program of the loaded probe into an entry.</summary>
    /// <param name="index">The entry.</param>
    /// <param name="probe">The probe, loaded.</param>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="name">Its name; by default that of the method.</param>
    public void Set(uint index, Probe probe, Delegate program, [CallerArgumentExpression(nameof(program))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(probe);
        probe.SetTailCall(this, index, ProgramNames.Of(name));
    }
}
