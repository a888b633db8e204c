// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;

namespace Nectar.Linux.Inspection;

/// <summary>Names of what tracing programs and links are attached to: types by number in the kernel's and modules' BTF, read once.</summary>
public static class TracingTargets
{
    private static readonly Dictionary<uint, BtfTypes?> s_types = [];

    /// <summary>The name of a function's type; null where unknown.</summary>
    /// <param name="btfId">The BTF object.</param>
    /// <param name="typeId">The type in it.</param>
    public static string? NameOf(uint btfId, uint typeId)
    {
        BtfTypes? types;
        lock (s_types)
        {
            if (!s_types.TryGetValue(btfId, out types)) s_types.Add(btfId, types = KernelTypes.TryRead(btfId));
        }

        return types is not null && typeId > 0 && typeId < (uint)types.Count ? types[typeId].Name : null;
    }
}
