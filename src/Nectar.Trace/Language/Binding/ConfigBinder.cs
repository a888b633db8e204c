// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Language.Binding;

/// <summary>Settings from the <c>config</c> block, then from the environment, which wins.</summary>
internal sealed class ConfigBinder(BindReport report, DiagnosticBag diagnostics)
{
    private delegate TraceConfig? Setter(TraceConfig config, string value);

    private const string NoBoolean = "Invalid bool value: valid values are true, false, 1 or 0.";

    private static readonly string[] s_licenses = ["Dual MIT/GPL", "Dual BSD/GPL", "Dual MPL/GPL", "GPL and additional rights", "GPL v2", "GPL"];

    private static readonly Dictionary<string, (Setter Set, string Expects)> s_settings = new(StringComparer.Ordinal)
    {
        ["max_strlen"] = Number((c, v) => c with { MaxStringLength = v }), ["max_map_keys"] = Number((c, v) => c with { MaxMapKeys = v }),
        ["max_probes"] = Number((c, v) => c with { MaxProbes = v }), ["max_bpf_progs"] = Number((c, v) => c with { MaxPrograms = v }),
        ["max_cat_bytes"] = Number((c, v) => c with { MaxCatBytes = v }), ["on_stack_limit"] = Number((c, v) => c with { OnStackLimit = v }),
        ["perf_rb_pages"] = Number((c, v) => c with { RingPages = v }), ["log_size"] = Number((c, v) => c with { LogSize = v }),
        ["cpp_demangle"] = Switch((c, v) => c with { DemangleCpp = v }), ["lazy_symbolication"] = Switch((c, v) => c with { LazySymbolication = v }),
        ["print_maps_on_exit"] = Switch((c, v) => c with { PrintMapsOnExit = v }), ["show_debug_info"] = Switch((c, v) => c with { ShowDebugInfo = v }),
        ["use_blazesym"] = Switch((c, _) => c), ["str_trunc_trailer"] = ((c, v) => c with { StringTruncationTrailer = v }, ""),
        ["stack_mode"] = ((c, v) => TypeNames.StackModeNamed(v.ToLowerInvariant()) is { } mode ? c with { StackMode = mode } : null, "Invalid value for stack_mode: valid values are bpftrace, raw, perf, build_id"),
        ["cache_user_symbols"] = (static (c, v) => v.ToUpperInvariant() switch
        {
            "1" => c, "PER_PID" or "PER_PROGRAM" or "NONE" => c with { CacheUserSymbols = v.ToUpperInvariant() }, "0" => c with { CacheUserSymbols = "NONE" }, _ => null,
        }, "Invalid value for cache_user_symbols: valid values are PER_PID, PER_PROGRAM, and NONE."),
        ["missing_probes"] = (static (c, v) => v.ToLowerInvariant() switch
        {
            "error" => c with { MissingProbes = MissingProbes.Error }, "warn" => c with { MissingProbes = MissingProbes.Warn }, "ignore" => c with { MissingProbes = MissingProbes.Ignore }, _ => null,
        }, "Invalid value for missing_probes: valid values are ignore, warn, and error."),
        ["license"] = (static (c, v) => Array.IndexOf(s_licenses, v) >= 0 ? c with { License = v } : null, ""),
        ["unstable_import_statement"] = Unstable("unstable_import_statement"), ["unstable_tseries"] = Unstable("unstable_tseries"),
        ["unstable_typeinfo"] = Unstable("unstable_typeinfo"), ["unstable_dw_ustack"] = Unstable("unstable_dw_ustack"),
    };

    private static readonly Dictionary<string, string> s_renamed = new(StringComparer.Ordinal)
    {
        ["strlen"] = "max_strlen", ["no_cpp_demangle"] = "cpp_demangle", ["cat_bytes_max"] = "max_cat_bytes", ["map_keys_max"] = "max_map_keys",
    };

    private static readonly string[] s_gone = ["symbol_source", "unstable_import", "unstable_map_decl", "unstable_macro", "unstable_addr", "debug_output", "max_type_res_iterations", "verify_llvm_ir"];
    private static readonly string[] s_environmentOnly = ["btf", "kernel_build", "kernel_source", "vmlinux"];

    public TraceConfig Bind(Script script, BindOptions options)
    {
        TraceConfig config = new() { IsStrict = options.IsStrict };
        if (options.HasCommand) config = config with { CacheUserSymbols = "PER_PROGRAM" };
        foreach (ConfigAssignment assignment in script.Config) config = Set(config, assignment);
        foreach ((string name, string value) in options.Environment)
        {
            if (!s_settings.TryGetValue(name, out var setting)) continue;
            if (setting.Set(config, value) is { } changed) config = changed;
            else diagnostics.Error(TraceCodes.Config, Message($"BPFTRACE_{name.ToUpperInvariant()}", name, value, setting.Expects));
        }

        return config;
    }

    /// <summary>Changes a setting; null if it has no such name or value.</summary>
    public static TraceConfig? Set(TraceConfig config, string name, string value) => s_settings.TryGetValue(name, out var setting) ? setting.Set(config, value) : null;

    private TraceConfig Set(TraceConfig config, ConfigAssignment assignment)
    {
        string key = assignment.Key.ToLowerInvariant();
        if (key.StartsWith("bpftrace_", StringComparison.Ordinal)) key = key["bpftrace_".Length..];
        if (Array.IndexOf(s_gone, key) >= 0)
        {
            report.Warning(TraceCodes.Deprecated, assignment, $"{assignment.Key} is deprecated and has no effect");
            return config;
        }

        if (s_renamed.TryGetValue(key, out string? renamed))
        {
            report.Warning(TraceCodes.Deprecated, assignment, $"{assignment.Key} has been renamed, please use {renamed}");
            key = renamed;
        }

        if (Array.IndexOf(s_environmentOnly, key) >= 0)
        {
            report.Error(TraceCodes.Config, assignment, $"{assignment.Key}: can only be set as an environment variable");
            return config;
        }

        if (!s_settings.TryGetValue(key, out var setting))
        {
            report.Error(TraceCodes.Config, assignment, $"{assignment.Key}: not a known configuration option", Hints.Nearest("option", key, s_settings.Keys));
            return config;
        }

        string value = assignment.Value switch
        {
            StringLiteral text => text.Value,
            IntegerLiteral { Value: > 1 } when setting.Expects == NoBoolean => "1", // as a text it would be none
            IntegerLiteral number => number.Value.ToString(CultureInfo.InvariantCulture),
            BooleanLiteral boolean => boolean.Value ? "true" : "false",
            Identifier word => word.Name,
            _ => assignment.Value.Span.Text,
        };
        if (setting.Set(config, value) is { } changed) return changed;
        report.Error(TraceCodes.Config, assignment, Message(assignment.Key, key, value, setting.Expects));
        return config;
    }

    private static string Message(string name, string key, string value, string expects) => key == "license"
        ? $"Invalid value for license. Found: {value}. Valid values: {string.Join(", ", s_licenses)}. Read more about BPF programs and licensing: https://docs.kernel.org/bpf/bpf_licensing.html#using-bpf-programs-in-the-linux-kernel"
        : $"{name}: {(expects.Length > 0 ? expects : $"expecting a number, got {value}")}";

    private static (Setter, string) Number(Func<TraceConfig, int, TraceConfig> set) =>
        ((c, v) => IntegerText.TryParse(v, out ulong number, out _) ? set(c, (int)Math.Min(number, int.MaxValue)) : null, "");

    private static (Setter, string) Switch(Func<TraceConfig, bool, TraceConfig> set) => ((c, v) => v.ToLowerInvariant() switch
    {
        "true" or "1" => set(c, true),
        "false" or "0" => set(c, false),
        _ => null,
    }, NoBoolean);

    private static (Setter, string) Unstable(string name) => ((c, v) => v.ToLowerInvariant() switch
    {
        "enable" or "true" or "1" => With(c, name, "enable"),
        "warn" => With(c, name, "warn"),
        "error" or "false" or "0" => With(c, name, "error"),
        _ => null,
    }, "Invalid value for unstable config: valid values are enable, warn, and error.");

    private static TraceConfig With(TraceConfig config, string name, string value) => config with { Unstable = new Dictionary<string, string>(config.Unstable, StringComparer.Ordinal) { [name] = value } };
}
