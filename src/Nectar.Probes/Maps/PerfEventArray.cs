// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Events for each processor, read through perf rings: before kernel 5.8; afterwards take <see cref="RingBuffer{T}"/>. Kernel 4.3.</summary>
/// <typeparam name="T">The record.</typeparam>
/// <param name="maxEntries">Processors; 0 for those that the machine has.</param>
[MapType(4, Key = typeof(uint), Value = typeof(uint))]
public sealed unsafe partial class PerfEventArray<T>([MaxEntries] int maxEntries = 0) : Map(MapType.PerfEventArray, sizeof(uint), sizeof(uint), maxEntries)
    where T : unmanaged
{
    /// <summary>Sends a record to the reader of this processor.</summary>
    /// <param name="context">The program's context: <c>ctx.Pointer</c>.</param>
    /// <param name="record">The record.</param>
    /// <param name="flags">The processor in the low 32 bits, or <see cref="Bpf.CurrentCpu"/>; for packet programs bytes of the packet to add, shifted left by 32.</param>
    /// <returns>0, or a negative error number.</returns>
    public long Output(void* context, in T record, ulong flags = Bpf.CurrentCpu) => Raw.PerfEventOutput(context, this, flags, in record, (ulong)sizeof(T));
}
