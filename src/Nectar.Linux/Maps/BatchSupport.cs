// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Maps;

/// <summary>
/// Whether this kernel has batches at all (5.6). It answers EINVAL to commands that it does not know, which is also its answer to a
/// bad argument: one look at a map of our own tells the two apart.
/// </summary>
internal static unsafe class BatchSupport
{
    private static readonly Lazy<bool> s_hasBatches = new(Probe);

    internal static bool IsThere => s_hasBatches.Value;

    private static bool Probe()
    {
        using KernelMap map = KernelMap.Create(new MapDefinition { Name = "probe", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 });
        uint next = 0, key = 0, value = 0;
        MapBatchAttributes attributes = new() { OutBatch = (ulong)&next, Keys = (ulong)&key, Values = (ulong)&value, Count = 1, MapFd = (uint)map.Handle.Fd };
        return BpfSyscall.Try(BpfCommand.MapLookupBatch, ref attributes) is Errno.None or Errno.ENOENT;
    }
}
