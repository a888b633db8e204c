// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Loading;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>Tracepoints with the arguments as the kernel passes them; the kernel's types know their names.</summary>
internal static class RawTracepointProbes
{
    private const string Prefix = "btf_trace_";

    public static void Resolve(ProbeResolver resolver)
    {
        (string module, string name) = (resolver.Point.Target, resolver.Point.Function);
        if (name.Length == 0)
        {
            resolver.Error("rawtracepoint should be attached to a function");
            return;
        }

        if (KernelBtf.Running.TryVmlinux is null)
        {
            resolver.Error("rawtracepoints require kernel BTF. Try using a 'tracepoint' instead.");
            return;
        }

        int count = 0;
        foreach ((string foundModule, string foundName, BtfTypes types, uint id) in Match(module, name))
        {
            count++;
            resolver.Add(new ProbeTarget(ProbeKind.RawTracepoint)
            {
                Name = $"rawtracepoint:{foundModule}:{foundName}",
                Group = foundModule,
                Function = foundName,
                Arguments = () => BtfArguments.OfTracepoint(types, id, foundName, resolver.Options),
            });
        }

        if (count == 0 && !Wildcard.Is(module) && !Wildcard.Is(name)) resolver.Missing(NearestNames.Help(name, Match("*", "*").Select(found => found.Name)));
    }

    /// <summary>The raw tracepoints of the kernel and its modules that fit two patterns, with the typedef of each.</summary>
    public static IEnumerable<(string Module, string Name, BtfTypes Types, uint Id)> Match(string module, string name)
    {
        List<(string Module, string Name, BtfTypes Types, uint Id)> found = [];
        if (Wildcard.Matches(module, "vmlinux")) Find("vmlinux", KernelBtf.Running.Vmlinux);
        foreach (KernelModuleBtf other in KernelBtf.Running.Modules)
        {
            if (Wildcard.Matches(module, other.Name)) Find(other.Name, other.Types);
        }

        return found.OrderBy(row => row.Module, StringComparer.Ordinal).ThenBy(row => row.Name, StringComparer.Ordinal);

        void Find(string owner, BtfTypes types)
        {
            if (!Wildcard.Is(name))
            {
                uint id = types.FindByName(Prefix + name, BtfKind.Typedef);
                if (id >= Math.Max(1, types.FirstId)) found.Add((owner, name, types, id));
                return;
            }

            for (uint id = Math.Max(1, types.FirstId); id < types.Count; id++)
            {
                BtfType type = types[id];
                if (type.Kind != BtfKind.Typedef || !type.NameUtf8.StartsWith("btf_trace_"u8)) continue;
                string text = type.Name[Prefix.Length..];
                if (Wildcard.Matches(name, text)) found.Add((owner, text, types, id));
            }
        }
    }
}
