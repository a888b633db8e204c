// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Maps;

// The value of one processor in a per-CPU map: a flag of kernels newer than 6.18, and what can be done without it.
public sealed unsafe partial class KernelMap
{
    private static volatile bool s_hasNoCpuFlags;

    /// <summary>True if the map has a value for each processor.</summary>
    public bool IsPerCpu => MapSizes.IsPerCpu(Definition.Type);

    /// <summary>Copies the value of one processor. Kernels without <c>BPF_F_CPU</c> copy all of them for it.</summary>
    /// <param name="key">Exactly the map's key size.</param>
    /// <param name="cpu">The processor's number, below the number of possible ones.</param>
    /// <param name="value">Room for one value.</param>
    public Errno LookupCpu(ReadOnlySpan<byte> key, int cpu, Span<byte> value)
    {
        int size = (int)Definition.ValueSize;
        if (!IsPerCpu || key.Length != _keySize || value.Length < size) return Errno.EINVAL;
        if ((uint)cpu >= (uint)MapSizes.PossibleCpus) return Errno.ERANGE;
        if (!s_hasNoCpuFlags && Call(BpfCommand.MapLookupElem, key, value, (ulong)MapUpdateFlags.Cpu | ((ulong)cpu << 32)) is var errno and not Errno.EINVAL) return errno;
        byte[] all = ArrayPool<byte>.Shared.Rent(_userValueSize);
        errno = Lookup(key, all);
        if (errno == Errno.None)
        {
            s_hasNoCpuFlags = true; // the key and the map are right, so it was the flag
            all.AsSpan(cpu * (_userValueSize / MapSizes.PossibleCpus), size).CopyTo(value);
        }

        ArrayPool<byte>.Shared.Return(all);
        return errno;
    }

    /// <summary>Sets the value of one processor and leaves the others.</summary>
    /// <returns>
    /// EINVAL on kernels without <c>BPF_F_CPU</c> (up to 6.18): to read all values and write them back would lose what programs write meanwhile.
    /// </returns>
    public Errno UpdateCpu(ReadOnlySpan<byte> key, int cpu, ReadOnlySpan<byte> value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        if (!IsPerCpu || key.Length != _keySize || value.Length < Definition.ValueSize) return Errno.EINVAL;
        if ((uint)cpu >= (uint)MapSizes.PossibleCpus) return Errno.ERANGE;
        return Call(BpfCommand.MapUpdateElem, key, value, (ulong)(flags | MapUpdateFlags.Cpu) | ((ulong)cpu << 32));
    }

    /// <summary>Sets the same value for all processors.</summary>
    public Errno UpdateAllCpus(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        int size = (int)Definition.ValueSize;
        if (!IsPerCpu || key.Length != _keySize || value.Length < size) return Errno.EINVAL;
        byte[] all = ArrayPool<byte>.Shared.Rent(_userValueSize);
        Array.Clear(all);
        for (int i = 0; i < MapSizes.PossibleCpus; i++) value[..size].CopyTo(all.AsSpan(i * (_userValueSize / MapSizes.PossibleCpus)));
        Errno errno = Update(key, all, flags);
        ArrayPool<byte>.Shared.Return(all);
        return errno;
    }
}
