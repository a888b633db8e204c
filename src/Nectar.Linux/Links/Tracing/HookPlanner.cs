// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>What becomes of a program whose hook a kernel may lack.</summary>
/// <param name="Program">The program to load: the given one, or one for the next best hook.</param>
/// <param name="Message">The choice in words; null if nothing was changed.</param>
internal sealed record HookPlan(LinkedProgram Program, string? Message)
{
    /// <summary>True if the program goes to another hook than its section says.</summary>
    internal bool IsFallback => Message is not null;
}

/// <summary>
/// Says before a program is loaded whether this kernel has its hook, and finds the next best: a kprobe becomes fentry, a kretprobe
/// fexit, and the other way round, where the code can be changed so that it does the same (<see cref="ContextRewriter"/>).
/// </summary>
internal static class HookPlanner
{
    private const string EachFunction = "a kprobe at each function";

    // The kind of section, what it needs; the kind that does the same, what that needs.
    private static readonly (string Kind, Feature Needs, string Instead, Feature InsteadNeeds)[] s_rows =
    [
        ("kprobe", Feature.Kprobes, "fentry", Feature.Fentry),
        ("ksyscall", Feature.Kprobes, "fentry", Feature.Fentry),
        ("kretprobe", Feature.Kprobes, "fexit", Feature.Fexit),
        ("kretsyscall", Feature.Kprobes, "fexit", Feature.Fexit),
        ("fentry", Feature.Fentry, "kprobe", Feature.Kprobes),
        ("fexit", Feature.Fexit, "kretprobe", Feature.Kprobes),
        ("fmod_ret", Feature.ModifyReturn, "", default),
        ("tp_btf", Feature.BtfTracepoints, "", default),
        ("lsm", Feature.Lsm, "", default),
        ("lsm_cgroup", Feature.LsmCgroup, "", default),
        ("freplace", Feature.Freplace, "", default),
        ("iter", Feature.Iterators, "", default),
        ("kprobe.multi", Feature.KprobeMultiLink, EachFunction, Feature.Kprobes),
        ("kretprobe.multi", Feature.KprobeMultiLink, EachFunction, Feature.Kprobes),
        ("kprobe.session", Feature.KprobeSession, "", default),
        ("uprobe.session", Feature.UprobeSession, "", default),
        ("uprobe", Feature.Uprobes, "", default),
        ("uretprobe", Feature.Uprobes, "", default),
        ("usdt", Feature.Uprobes, "", default),
        ("raw_tp", Feature.RawTracepoints, "", default),
        ("raw_tracepoint", Feature.RawTracepoints, "", default),
    ];

    /// <summary>Plans for one program.</summary>
    /// <param name="program">The program, linked and relocated.</param>
    /// <param name="probe">Whether the kernel has a feature: <see cref="KernelFeatures.Probe"/>.</param>
    /// <param name="kernelTypes">The kernel's types; null if it has none.</param>
    /// <param name="allowFallback">Take the next best hook; else a missing one is an error.</param>
    /// <exception cref="FeatureMissingException">The kernel lacks the hook; the message names the next best.</exception>
    /// <exception cref="KernelException">A fallback is wanted, but the program cannot be changed to it (NEC4112).</exception>
    internal static HookPlan Plan(LinkedProgram program, Func<Feature, FeatureStatus> probe, BtfTypes? kernelTypes, bool allowFallback)
    {
        ProgramDefinition definition = program.Definition;
        if (!SectionNames.TryParse(definition.Section, out SectionDefinition? section, out _, out _)) return new HookPlan(program, null);
        string kind = section.Name.EndsWith(".s", StringComparison.Ordinal) ? section.Name[..^2] : section.Name;
        (string found, Feature needs, string instead, Feature insteadNeeds) = Array.Find(s_rows, row => row.Kind == kind);
        if (found is null || probe(needs) is not { State: FeatureState.No } missing) return new HookPlan(program, null);
        if (!allowFallback || instead.Length == 0 || !probe(insteadNeeds).IsYes) throw KernelFeatures.Missing(needs, missing, $"program '{definition.Name}' ({definition.Section})");
        if (instead == EachFunction)
        {
            // The code stays as it is; without the attach type the kernel takes the program at single probes.
            return new HookPlan(With(program, Copy(definition, definition.Section, definition.AttachTarget, ProgramType.Kprobe, null), program.Instructions),
                $"program '{definition.Name}': this kernel has no {FeatureInfo.Of(needs).Name}: {definition.Section} was loaded for {instead}");
        }

        (LinkedProgram? changed, string problem) = Change(program, kind, instead, kernelTypes);
        if (changed is null)
        {
            throw new KernelException(Diagnostic.Error(TracingCodes.NoFallback, $"program '{definition.Name}': this kernel has no {FeatureInfo.Of(needs).Name}, and {definition.Section} cannot become {instead}: {problem}",
                $"help: write the program for {instead}, or load it on a kernel that has {FeatureInfo.Of(needs).Name}"), Errno.None, "bpf(BPF_PROG_LOAD)", definition.Name);
        }

        return new HookPlan(changed, $"program '{definition.Name}': this kernel has no {FeatureInfo.Of(needs).Name}: {definition.Section} was loaded as {changed.Definition.Section}");
    }

    private static (LinkedProgram? Program, string Problem) Change(LinkedProgram program, string kind, string instead, BtfTypes? kernelTypes)
    {
        ProgramDefinition old = program.Definition;
        bool toTrampoline = instead is "fentry" or "fexit", isSystemCall = kind is "ksyscall" or "kretsyscall";
        if (old.IsSleepable) return (null, "it may sleep, which programs at probes must not");
        if (old.AttachTarget is not { Length: > 0 } function) return (null, "its section names no function");
        if (function.AsSpan().ContainsAny("+*?:")) return (null, $"'{function}' is not just the name of one function of the kernel itself");
        if (kernelTypes is null) return (null, "the kernel has no types, which tell the function's arguments");
        if (isSystemCall)
        {
            string call = function;
            function = KernelFunctions.SystemCallNames(call).FirstOrDefault(name => kernelTypes.FindByName(name, BtfKind.Func) != 0) ?? "";
            if (function.Length == 0) return (null, $"the kernel's types have no function of system call '{call}'");
        }

        if (CountArguments(kernelTypes, function) is not { } arguments) return (null, $"the kernel's types have no function '{function}' whose arguments all fit into registers");
        ContextLayout entry = ContextLayout.Entry(arguments), typed = ContextLayout.Fentry(arguments);
        (ContextLayout from, ContextLayout to) = instead switch
        {
            "fentry" => (entry, typed),
            "fexit" => (ContextLayout.Return, ContextLayout.Fexit(arguments)),
            "kprobe" => (typed, entry),
            _ => (ContextLayout.Fexit(arguments), ContextLayout.Return),
        };
        Bpf.Isa.Instruction[] code = [.. program.Instructions];
        if (ContextRewriter.TryRewrite(code, program.Functions[0].End, from, to, toTrampoline) is { } problem) return (null, problem);
        AttachType? attach = instead switch { "fentry" => AttachType.TraceFentry, "fexit" => AttachType.TraceFexit, _ => null };
        return (With(program, Copy(old, $"{instead}/{function}", function, toTrampoline ? ProgramType.Tracing : ProgramType.Kprobe, attach), code), "");
    }

    private static ProgramDefinition Copy(ProgramDefinition old, string section, string? target, ProgramType type, AttachType? attach) =>
        new() { Name = old.Name, Section = section, Type = type, ExpectedAttachType = attach, AttachTarget = target, Flags = old.Flags, AutoLoad = old.AutoLoad, Entry = old.Entry };

    private static LinkedProgram With(LinkedProgram program, ProgramDefinition definition, Bpf.Isa.Instruction[] code) =>
        new() { Definition = definition, Instructions = code, Functions = program.Functions, Lines = program.Lines, Externs = program.Externs, CoreRelocations = program.CoreRelocations };

    /// <summary>How many arguments a function has; null if it is not there, or some take more or less than one register.</summary>
    private static int? CountArguments(BtfTypes types, string function)
    {
        uint id = types.FindByName(function, BtfKind.Func);
        if (id == 0) return null;
        BtfType prototype = types[types.Resolve(types[id].TypeId)];
        if (prototype.Kind != BtfKind.FuncProto) return null;
        for (int i = 0; i < prototype.Count; i++)
        {
            BtfKind kind = types[types.Resolve(prototype.Parameter(i).TypeId)].Kind;
            bool fits = kind == BtfKind.Pointer || (kind is BtfKind.Int or BtfKind.Enum or BtfKind.Enum64 && types.SizeOf(prototype.Parameter(i).TypeId) <= 8);
            if (!fits) return null; // structs by value, variable arguments
        }

        return prototype.Count;
    }
}
