// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Features;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Functions;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Language.Inference;

internal sealed partial class TypeInference
{
    /// <summary>The kernel that tells which function of a process returns; before it, the names of hooks are all there is.</summary>
    private static readonly Version s_returningFunction = new(6, 6);

    private const int DefaultFrames = 127, MostFrames = 1024, RegisterArguments = 6;

    /// <summary>A word means a builtin.</summary>
    private static bool IsName(string name) => BuiltinTable.Find(name) is not null;

    private TraceType VisitIdentifier(Identifier e)
    {
        e.Constant = null;
        if (BuiltinTable.Find(e.Name) is { } builtin) return VisitBuiltin(e, builtin);
        if (context.Types.FindEnumerator(e.Name) is { } enumerator)
        {
            e.Constant = new IntegerConstant(enumerator.Value);
            return TraceType.Integer(8, false, enumerator.Of);
        }

        context.Report.Error(TraceCodes.UnknownName, e, $"Unknown identifier: '{e.Name}'", _isLast ? Hints.Nearest("builtin", e.Name, BuiltinTable.Names) : []);
        return TraceType.None;
    }

    private TraceType VisitBuiltin(Identifier e, BuiltinInfo builtin)
    {
        if (builtin.NeedsProbe && Kind is null)
        {
            context.Report.Error(TraceCodes.NotInThisProbe, e, e.Name is "probe" or "probetype" ? $"{e.Name} can only be used inside of a probe." : $"Builtin {e.Name} not supported outside probe");
            return TraceType.None;
        }

        if (builtin.Probes is { } probes && Kind is { } kind && !probes.Contains(kind))
        {
            context.Report.Error(TraceCodes.NotInThisProbe, e, RefusedBuiltin(e.Name, kind));
            return TraceType.None;
        }

        if (BuiltinTable.ArgumentNumber(e.Name) is var number and >= 0)
        {
            if (Kind != ProbeKind.Usdt && number >= RegisterArguments) context.Report.Error(TraceCodes.NotInThisProbe, e, $"x86_64 doesn't support {e.Name}");
            return TraceType.UInt64 with { Space = DefaultSpace };
        }

        switch (e.Name)
        {
            case "kstack":
                if (context.Config.StackMode == StackMode.BuildId) context.Report.Warning(TraceCodes.Doubtful, e, "'build_id' stack mode can only be used for ustack. Falling back to 'raw' mode.");
                return TraceType.KernelStack(new StackOptions(context.Config.StackMode == StackMode.BuildId ? StackMode.Raw : context.Config.StackMode, DefaultFrames));
            case "ustack" or "dw_ustack":
                CheckSwitchedOff(e, e.Name);
                return TraceType.UserStack(new StackOptions(context.Config.StackMode, DefaultFrames));
            case "usermode" when !ProbeKinds.Registers.Contains(Kind ?? ProbeKind.Kprobe):
                return Literal(e, Kind is ProbeKind.Begin or ProbeKind.End or ProbeKind.Self ? 1 : 0, false);
            case "safe_mode":
                return Literal(e, !context.Options.IsUnsafe);
            case "arch":
                return Literal(e, System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "x86_64");
            case "config":
                return ConfigValues.Type(context.Config);
            case "probe":
                return VisitProbeName(e);
            case "probetype":
                return Literal(e, ProbeTypeName(Kind!.Value));
            case "func" when Kind == ProbeKind.Uretprobe && !KernelRelease.Running.IsAtLeast(s_returningFunction):
                return Targets.Length == 1 ? Literal(e, Targets[0].Function) : TraceType.String(Targets.Max(target => ScriptText.Encode(target.Function).Length) + 1) with { Space = AddressSpace.Kernel };
            case "func":
                return Kind is ProbeKind.Uprobe or ProbeKind.Uretprobe ? BuiltinTypes.UserSymbol : BuiltinTypes.KernelSymbol;
            case "curtask":
                return TraceType.Pointer(context.Types.Find("struct task_struct") ?? TraceType.Void, AddressSpace.Kernel);
            case "retval":
                return VisitReturnValue(e);
            case "ctx":
                return VisitContext(e);
            case "args":
                return VisitArguments(e);
            default:
                return builtin.Type ?? TraceType.None;
        }
    }

    private static string RefusedBuiltin(string name, ProbeKind kind) => name switch
    {
        "retval" => "The retval builtin can only be used with 'kretprobe' and 'uretprobe' and 'fentry' probes" + (kind == ProbeKind.Tracepoint ? " (try to use args.ret instead)" : ""),
        "args" => $"The args builtin can only be used with tracepoint, rawtracepoint, fentry/fexit, and uprobe probes ({ProbeProviders.NameOf(kind)} used here)",
        "func" => $"The func builtin can not be used with '{ProbeProviders.NameOf(kind)}' probes",
        "elf_is_exe" or "elf_ino" => $"{name} can not be used for this probetype: {ProbeProviders.NameOf(kind)}",
        _ => $"The {name} builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes",
    };

    private static string ProbeTypeName(ProbeKind kind) => kind switch
    {
        ProbeKind.Begin or ProbeKind.End or ProbeKind.Self => "special",
        ProbeKind.Bench => "benchmark",
        _ => ProbeProviders.NameOf(kind),
    };

    /// <summary>A constant where the program has one hook; else text as long as the longest of the names.</summary>
    private TraceType VisitProbeName(Identifier e)
    {
        if (Targets.Length == 1) return Literal(e, Targets[0].Name);
        int longest = 0;
        foreach (ProbeTarget target in Targets) longest = Math.Max(longest, System.Text.Encoding.UTF8.GetByteCount(target.Name));
        return TraceType.String(longest + 1);
    }

    private TraceType VisitReturnValue(Identifier e)
    {
        if (Kind is not (ProbeKind.Fentry or ProbeKind.Fexit)) return TraceType.UInt64 with { Space = DefaultSpace };
        TraceType? result = Targets.Length > 0 ? Targets[0].Result?.Invoke() : null;
        if (result is { IsNone: false, Kind: not TypeKind.Void }) return WithPlace(result, AddressSpace.Kernel);
        context.Report.Error(TraceCodes.NotInThisProbe, e, "Can't find a field $retval");
        return TraceType.None;
    }

    private TraceType VisitContext(Identifier e)
    {
        string? name = Kind switch
        {
            ProbeKind.Kprobe or ProbeKind.Kretprobe or ProbeKind.Uprobe or ProbeKind.Uretprobe or ProbeKind.Usdt => "struct pt_regs",
            ProbeKind.Profile or ProbeKind.Interval or ProbeKind.Software or ProbeKind.Hardware or ProbeKind.Watchpoint => "struct bpf_perf_event_data",
            ProbeKind.Iterator => "struct bpf_iter__" + (Targets.Length > 0 ? Targets[0].Function : ""),
            _ => null,
        };
        if (name is null)
        {
            context.Report.Error(TraceCodes.NotInThisProbe, e, Kind == ProbeKind.Tracepoint ? "Use args instead of ctx in tracepoint" : $"The ctx builtin can not be used with '{ProbeProviders.NameOf(Kind!.Value)}' probes");
            return TraceType.None;
        }

        return TraceType.Pointer(context.Types.Find(name) ?? TraceType.Void, AddressSpace.Kernel) with { IsContext = true };
    }

    private TraceType VisitArguments(Identifier e)
    {
        StructType? structure = Targets.Length > 0 ? Targets[0].Arguments?.Invoke() : null;
        if (structure is null || (structure.Fields.Count == 0 && Kind != ProbeKind.Tracepoint))
        {
            context.Report.Error(TraceCodes.NotInThisProbe, e, Kind == ProbeKind.Tracepoint ? "Unable to resolve unique type name." : "Cannot read function parameters");
            return TraceType.None;
        }

        AddressSpace space = Kind switch
        {
            ProbeKind.Uprobe => AddressSpace.User,
            ProbeKind.Tracepoint when Targets[0].Group == "syscalls" => AddressSpace.User,
            _ => AddressSpace.Kernel,
        };
        return TraceType.Of(structure, space) with { IsContext = true };
    }
}
