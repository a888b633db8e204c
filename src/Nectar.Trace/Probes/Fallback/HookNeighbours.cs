// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using Nectar.Bpf.Btf;
using Nectar.Linux.Features;
using Nectar.Linux.Loading;
using Nectar.Trace.Probes.Resolving;

namespace Nectar.Trace.Probes.Fallback;

/// <summary>The hooks of another kind that fire with a function's call or return, if they have what a script asks for.</summary>
internal static class HookNeighbours
{
    private const int RegisterArguments = 6, RegisterSize = 8;

    /// <summary>A kprobe as fentry, a kretprobe as fexit.</summary>
    public static FoundHooks Trampoline(ProbeTarget asked, HookUse use)
    {
        bool isReturn = IsReturn(asked);
        if (asked.Kind is not (ProbeKind.Kprobe or ProbeKind.Kretprobe)) return FoundHooks.None("it is one already");
        if (asked.Offset != 0 || asked.Address is not null) return FoundHooks.None("it hooks functions, no places in them");
        if (use.Registers is { } word) return FoundHooks.None($"'{word}' needs registers, which it has not");
        if (isReturn && KernelFeatures.Probe(Feature.Fexit) is { IsYes: false } refused) return FoundHooks.None(refused.Reason);
        if (FunctionTypes.Find(asked) is not { } function) return FoundHooks.None($"the kernel's types do not have {asked.Function}");
        return new([new ProbeTarget(isReturn ? ProbeKind.Fexit : ProbeKind.Fentry) { Name = asked.Name, Group = function.Module, Function = asked.Function, ProcessId = asked.ProcessId, Replaces = new(asked) }], "");
    }

    /// <summary>fentry as a kprobe, fexit as a kretprobe.</summary>
    public static FoundHooks Kprobe(ProbeTarget asked, HookUse use)
    {
        bool isReturn = IsReturn(asked);
        if (asked.Kind is not (ProbeKind.Fentry or ProbeKind.Fexit)) return FoundHooks.None("it is one already");
        bool readsArguments = use.ReadsAll || use.Fields.Count > 0 || use.Arguments.Count > 0;
        if (isReturn && readsArguments) return FoundHooks.None("arguments are gone when the function returns; keep them in a map from its entry");
        if (use.ReadsAll) return FoundHooks.None("'args' as a whole needs fentry");
        if (readsArguments && FunctionTypes.Find(asked) is { } function)
        {
            for (int i = 0; i < function.Prototype.Count; i++)
            {
                BtfParameter parameter = function.Prototype.Parameter(i);
                bool isUsed = use.Fields.Contains(parameter.Name);
                if (isUsed && i >= RegisterArguments) return FoundHooks.None($"'{parameter.Name}' is not in a register");
                if (FunctionTypes.IsWide(function.Types, parameter.TypeId)) return FoundHooks.None($"'{parameter.Name}' is a struct in several registers");
            }
        }

        return new([new ProbeTarget(isReturn ? ProbeKind.Kretprobe : ProbeKind.Kprobe) { Name = asked.Name, Group = asked.Group, Function = asked.Function, ProcessId = asked.ProcessId, Replaces = new(asked) }], "");
    }

    /// <summary>A tracepoint in the function, or the system call that it is made for.</summary>
    public static FoundHooks Tracepoint(ProbeTarget asked, HookUse use)
    {
        if (asked.Kind is not (ProbeKind.Kprobe or ProbeKind.Kretprobe or ProbeKind.Fentry or ProbeKind.Fexit)) return FoundHooks.None("it is one already");
        if (asked.Offset != 0 || asked.Address is not null) return FoundHooks.None("none is inside of a function at a known place");
        if (use.Registers is { } word) return FoundHooks.None($"'{word}' needs registers, which it has not");
        List<ProbeTarget> hooks = [];
        string reason = $"none is known to fire with {asked.Function}";
        foreach (TracepointTwin twin in TracepointTwins.Find(asked.Function, IsReturn(asked)))
        {
            if (OfTracepoint(asked, twin, ref reason) is not { } hook) continue;
            if (Lacks(asked, hook.Replaces!, use) is { } missing) return FoundHooks.None($"rawtracepoint:{twin.Tracepoint} has no {missing}");
            hooks.Add(hook);
        }

        foreach (SyscallTwin twin in SyscallTwins.Find(asked.Function))
        {
            ProbeTarget hook = new(ProbeKind.Tracepoint)
            {
                Name = asked.Name,
                Group = "syscalls",
                Function = (IsReturn(asked) ? SyscallEvents.Exit : SyscallEvents.Enter) + twin.Call,
                ProcessId = asked.ProcessId,
                Replaces = new(asked) { Arguments = twin.Arguments, Difference = twin.Difference },
            };
            if (SyscallEvents.Find(hook) is null) continue;
            if (Lacks(asked, hook.Replaces, use) is { } missing) return FoundHooks.None($"tracepoint:syscalls:{hook.Function} has no {missing}");
            hooks.Add(hook);
        }

        return hooks.Count > 0 ? new(hooks, "") : FoundHooks.None(reason);
    }

    private static bool IsReturn(ProbeTarget target) => target.Kind is ProbeKind.Kretprobe or ProbeKind.Fexit;

    private static ProbeTarget? OfTracepoint(ProbeTarget asked, TracepointTwin twin, ref string reason)
    {
        if (KernelBtf.Running.TryVmlinux is null || RawTracepointProbes.Match("*", twin.Tracepoint).FirstOrDefault() is not { Types: { } types } found)
        {
            reason = $"this kernel has no tracepoint {twin.Tracepoint}";
            return null;
        }

        TwinArguments arguments = new(twin, FunctionTypes.Find(asked), types, BtfArguments.PrototypeOfTracepoint(types, found.Id, twin.Tracepoint));
        if (arguments.Conditions is not { } conditions)
        {
            reason = $"rawtracepoint:{twin.Tracepoint} cannot be told apart here: the kernel's types lack its parameters";
            return null;
        }

        return new ProbeTarget(ProbeKind.RawTracepoint)
        {
            Name = asked.Name,
            Group = found.Module,
            Function = twin.Tracepoint,
            ProcessId = asked.ProcessId,
            Replaces = new(asked) { Arguments = arguments.Map, Result = IsReturn(asked) ? arguments.Result : null, Conditions = conditions, Difference = twin.Difference },
        };
    }

    /// <summary>What a script asks for that a tracepoint has not; null if it has all.</summary>
    private static string? Lacks(ProbeTarget asked, Replacement replacement, HookUse use)
    {
        bool isKprobe = asked.Kind is ProbeKind.Kprobe or ProbeKind.Kretprobe;
        if (isKprobe && asked.Kind == ProbeKind.Kretprobe && use.Arguments.Count > 0) return "arguments";
        foreach (int number in use.Arguments)
        {
            if (replacement.ArgumentOf(number) == Replacement.None) return string.Create(CultureInfo.InvariantCulture, $"arg{number}");
        }

        if (use.ReadsAll) return "'args' as a whole";
        if (use.Fields.Count > 0 && !isKprobe && FunctionTypes.Find(asked) is { } function)
        {
            for (int i = 0; i < function.Prototype.Count; i++)
            {
                string name = function.Prototype.Parameter(i).Name;
                if (use.Fields.Contains(name) && replacement.ArgumentOf(i) is Replacement.None or Replacement.Registers) return $"'{name}'";
            }
        }

        return IsReturn(asked) && use.ReadsResult && replacement.Result == Replacement.None ? "result" : null;
    }
}
