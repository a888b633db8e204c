// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Loading;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>iter: what the kernel can walk over, by the structs <c>bpf_iter__X</c> of its types.</summary>
internal static class IteratorProbes
{
    private const string Prefix = "bpf_iter__", Variant = "__safe_trusted";

    public static void Resolve(ProbeResolver resolver)
    {
        string name = resolver.Point.Function;
        if (name.Length == 0)
        {
            resolver.Error("iter should specify a iterator's name");
            return;
        }

        List<(string Name, BtfTypes Types, uint Id)> found = KernelBtf.Running.TryVmlinux is null ? [] : Match(name);
        if (found.Count == 0)
        {
            resolver.Error($"iter {name} not available for your kernel version.", NearestNames.Help(name, KernelBtf.Running.TryVmlinux is null ? [] : Match("*").Select(row => row.Name)));
            return;
        }

        foreach ((string text, BtfTypes types, uint id) in found)
        {
            resolver.Add(new ProbeTarget(ProbeKind.Iterator)
            {
                Name = (resolver.Point with { Function = text }).Name,
                Function = text,
                Pin = resolver.Point.Pin,
                Arguments = () => resolver.Options.TypeOfId?.Invoke(types, id)?.Struct,
            });
        }
    }

    /// <summary>The iterators that fit a pattern, in order.</summary>
    public static List<(string Name, BtfTypes Types, uint Id)> Match(string pattern)
    {
        List<(string Name, BtfTypes Types, uint Id)> found = [];
        Find(KernelBtf.Running.Vmlinux);
        foreach (KernelModuleBtf module in KernelBtf.Running.Modules) Find(module.Types);
        found.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return found;

        void Find(BtfTypes types)
        {
            for (uint id = Math.Max(1, types.FirstId); id < types.Count; id++)
            {
                BtfType type = types[id];
                if (type.Kind != BtfKind.Struct || !type.NameUtf8.StartsWith("bpf_iter__"u8)) continue;
                string name = type.Name[Prefix.Length..];
                if (!name.EndsWith(Variant, StringComparison.Ordinal) && Wildcard.Matches(pattern, name)) found.Add((name, types, id));
            }
        }
    }
}
