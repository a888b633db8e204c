// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Maps;

/// <summary>Cgroups by index, as numbers of this process; users cannot read them back, as in the kernel.</summary>
internal sealed class VmCgroupArray(MapDefinition definition, int cpuCount, VmMapOptions options) : VmSlotMap(definition, cpuCount, options)
{
    private const ulong Present = 1ul << 32; // cgroup 0 is not an empty slot

    private protected override bool UsersCanLookUp => false;

    /// <summary>The cgroup in a slot.</summary>
    internal bool TryGet(uint index, out uint cgroup)
    {
        ulong slot = GetSlot(index);
        cgroup = (uint)slot;
        return slot != 0;
    }

    private protected override uint NumberOf(uint index, ulong slot) => (uint)slot;

    private protected override Errno SetNumber(uint index, uint number)
    {
        ExchangeSlot(index, Present | number);
        return Errno.None;
    }
}
