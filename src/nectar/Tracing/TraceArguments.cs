// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Probes.Fallback;

namespace Nectar.Cli.Tracing;

/// <summary>
/// The command line of <c>nectar trace</c>: bpftrace's own, read as getopt_long does (options anywhere, values joined or apart, unambiguous
/// beginnings of long names), so that an alias or a link serves scripts written for it.
/// </summary>
internal sealed class TraceArguments
{
    private static readonly DiagnosticCode s_usage = new(5370);

    private const int MostProcesses = 1 << 22; // PID_MAX_LIMIT of 64-bit kernels

    // What --no-feature can do without. Sessions are not used.
    private static readonly string[] s_features = ["kprobe_multi", "kprobe_session", "uprobe_multi"];

    // May have a value, but only behind '='.
    private static readonly string[] s_optionalValues = ["fallback"];

    // Short form or '\0', long form or "", takes a value, what it sets.
    private static readonly (char Short, string Long, bool HasValue, Action<TraceArguments, string> Set)[] s_options =
    [
        ('e', "", true, static (a, v) => a.Script = v),
        ('l', "list", false, static (a, _) => a.IsListing = true),
        ('v', "verbose", false, static (a, _) => a.IsVerbose = true),
        ('h', "help", false, static (a, _) => a.WantsHelp = true),
        ('V', "version", false, static (a, _) => a.WantsVersion = true),
        ('\0', "info", false, static (a, _) => a.WantsInfo = true),
        ('p', "pid", true, static (a, v) => a.ProcessId = Process(v)),
        ('c', "cmd", true, static (a, v) => a.Command = v),
        ('o', "output", true, static (a, v) => a.OutputFile = v),
        ('f', "", true, static (a, v) => a.Format = v is "text" or "json" or "folded" or "pprof" or "svg" ? v : throw Usage($"Invalid output format \"{v}\"", "Valid formats: text, json, folded, pprof, svg", false)),
        ('B', "", true, static (a, v) => a.Buffering = OneOf("-B", v, "line", "full", "none")),
        ('q', "quiet", false, static (a, _) => a.IsQuiet = true),
        ('k', "warnings", false, static (a, _) => a.ReportHelperErrors()),
        ('\0', "no-warnings", false, static (a, _) => a.HideWarnings()),
        ('I', "", true, static (a, v) => a.IncludeFolders.Add(v)),
        ('\0', "include", true, static (a, v) => a.Includes.Add(v)),
        ('\0', "unsafe", false, static (a, _) => a.IsUnsafe = true),
        ('\0', "usdt-file-activation", false, static (a, _) => a.ActivatesUsdtByFile = true),
        ('\0', "debuginfo", true, static (a, v) => a.DebugFolders.AddRange(v.Split(':', StringSplitOptions.RemoveEmptyEntries))),
        ('\0', "traceable-functions", true, static (a, v) => a.TraceableFunctions = v),
        ('\0', "dwarf-pid", true, static (_, v) => Number("--dwarf-pid", v)),
        ('\0', "mode", true, static (a, v) => a.SetMode(OneOf("--mode", v, "codegen", "compiler-bench", "bench", "test", "format"), "--mode")),
        ('\0', "test", false, static (a, _) => a.SetMode("test", "--test")),
        ('\0', "bench", false, static (a, _) => a.SetMode("bench", "--bench")),
        ('\0', "probe-filter", true, static (a, v) => a.ProbeFilter = v),
        ('\0', "fmt", false, static (a, _) => a.SetMode("format", "--fmt")),
        ('\0', "dry-run", false, static (a, _) => a.IsDryRun = true),
        ('d', "debug", true, static (a, v) => a.AddStages(v)),
        ('\0', "emit-elf", true, static (a, v) => a.EmitElf = v),
        ('\0', "aot", true, static (a, v) => a.ExecutableFile = v),
        ('\0', "emit-llvm", true, static (_, _) => { }), // there is no LLVM
        ('\0', "verify-llvm-ir", false, static (_, _) => { }),
        ('\0', "no-feature", true, static (a, v) => a.AddMissing(v)),
        ('b', "", false, static (_, _) => { }),

        // Beyond bpftrace.
        ('\0', "fallback", false, static (a, v) => a.Fallback = v switch
        {
            "" => FallbackKind.Nearest, "fentry" => FallbackKind.Fentry, "kprobe" => FallbackKind.Kprobe, "tracepoint" => FallbackKind.Tracepoint, "off" => FallbackKind.Off,
            _ => throw Usage($"--fallback: '{v}' is none of fentry, kprobe, tracepoint, off"),
        }),
        ('\0', "strict", false, static (a, _) => a.IsStrict = true),
        ('\0', "explain", false, static (a, _) => a.Explains = true),
        ('\0', "record", true, static (a, v) => a.RecordFile = v),
        ('\0', "replay", true, static (a, v) => a.ReplayFile = v),
        ('\0', "top", true, static (a, v) => a.Top = Number("--top", v)),
    ];

    public string? Script { get; private set; }

    public bool IsListing { get; private set; }

    public bool IsVerbose { get; private set; }

    public bool WantsHelp { get; private set; }

    public bool WantsVersion { get; private set; }

    public bool WantsInfo { get; private set; }

    public int? ProcessId { get; private set; }

    public string? Command { get; private set; }

    public string? OutputFile { get; private set; }

    public string Format { get; private set; } = "text";

    public string? Buffering { get; private set; }

    public bool IsQuiet { get; private set; }

    public bool ReportsHelperErrors { get; private set; }

    public bool HasWarnings { get; private set; } = true;

    public List<string> IncludeFolders { get; } = [];

    public List<string> Includes { get; } = [];

    public bool IsUnsafe { get; private set; }

    public bool ActivatesUsdtByFile { get; private set; }

    public List<string> DebugFolders { get; } = [];

    public string? TraceableFunctions { get; private set; }

    /// <summary><c>test</c>, <c>bench</c>, <c>format</c>, <c>codegen</c>, <c>compiler-bench</c>; null for a run.</summary>
    public string? Mode { get; private set; }

    public string? ProbeFilter { get; private set; }

    public bool IsDryRun { get; private set; }

    public List<string> DebugStages { get; } = [];

    public string? EmitElf { get; private set; }

    /// <summary>Where the script goes as a file that can be executed.</summary>
    public string? ExecutableFile { get; private set; }

    public List<string> MissingFeatures { get; } = [];

    /// <summary>What <c>--fallback</c> says; null without.</summary>
    public FallbackKind? Fallback { get; private set; }

    public bool IsStrict { get; private set; }

    public bool Explains { get; private set; }

    public string? RecordFile { get; private set; }

    public string? ReplayFile { get; private set; }

    public int? Top { get; private set; }

    /// <summary>The file without <c>-e</c>, then parameters of the script.</summary>
    public List<string> Positional { get; } = [];

    /// <summary>Behind <c>--</c>: <c>--name=value</c> and <c>--flag</c>.</summary>
    public List<string> Named { get; } = [];

    /// <summary>Reads arguments behind the verb.</summary>
    /// <exception cref="TraceUsageException">An option is unknown, lacks its value, or has a wrong one.</exception>
    public static TraceArguments Parse(ReadOnlySpan<string> args)
    {
        TraceArguments result = new();
        for (int i = 0; i < args.Length; i++)
        {
            string word = args[i];
            if (word == "--")
            {
                // what has a name is one, the rest are parameters by number
                foreach (string rest in args[(i + 1)..]) (rest.StartsWith("--", StringComparison.Ordinal) ? result.Named : result.Positional).Add(rest);
                break;
            }

            if (word.StartsWith("--", StringComparison.Ordinal)) result.Long(word, args, ref i);
            else if (word.Length > 1 && word[0] == '-') result.Short(word, args, ref i);
            else result.Positional.Add(word);
        }

        if (result is { Command: not null, ProcessId: not null }) throw Usage("USAGE: Cannot use both -c and -p.", "-c starts a process and traces it, -p traces one that is there", false);
        return result;
    }

    private void ReportHelperErrors()
    {
        if (ReportsHelperErrors) throw Usage("USAGE: -kk is no more: one -k reports what fails, reads and look-ups", showsUsage: false);
        if (!HasWarnings) throw Usage("USAGE: -k, --warnings conflicts with --no-warnings", showsUsage: false);
        ReportsHelperErrors = true;
    }

    private void HideWarnings()
    {
        if (ReportsHelperErrors) throw Usage("USAGE: -k, --warnings conflicts with --no-warnings", showsUsage: false);
        HasWarnings = false;
    }

    private void Long(string word, ReadOnlySpan<string> args, ref int i)
    {
        int equals = word.IndexOf('=');
        string name = equals < 0 ? word[2..] : word[2..equals];
        int found = -1;
        for (int k = 0; k < s_options.Length; k++)
        {
            if (s_options[k].Long == name)
            {
                found = k;
                break;
            }

            if (name.Length == 0 || !s_options[k].Long.StartsWith(name, StringComparison.Ordinal)) continue;
            if (found >= 0) throw Usage($"'--{name}' may be '--{s_options[found].Long}' or '--{s_options[k].Long}'");
            found = k;
        }

        if (found < 0)
        {
            string[] near = [.. Hints.Find(name, s_options.Select(option => option.Long).Where(option => option.Length > 0))];
            if (near.Length > 0) throw Usage($"unknown option '--{name}'", $"did you mean {string.Join(" or ", near.Select(option => $"'--{option}'"))}?", false);
            throw Usage($"unknown option '--{name}'");
        }

        if (s_options[found].HasValue) s_options[found].Set(this, equals >= 0 ? word[(equals + 1)..] : Next("--" + name, args, ref i));
        else if (equals >= 0 && Array.IndexOf(s_optionalValues, s_options[found].Long) < 0) throw Usage($"'--{name}' takes no value");
        else s_options[found].Set(this, equals >= 0 ? word[(equals + 1)..] : "");
    }

    private void Short(string word, ReadOnlySpan<string> args, ref int i)
    {
        for (int at = 1; at < word.Length; at++)
        {
            int found = Array.FindIndex(s_options, o => o.Short == word[at]);
            if (found < 0) throw Usage($"unknown option '-{word[at]}'");
            if (!s_options[found].HasValue)
            {
                s_options[found].Set(this, "");
                continue;
            }

            s_options[found].Set(this, at + 1 < word.Length ? word[(at + 1)..] : Next("-" + word[at], args, ref i));
            return;
        }
    }

    private void AddStages(string value)
    {
        foreach (string stage in value.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (stage == "all") DebugStages.AddRange(StageDump.All);
            else if (Array.IndexOf(StageDump.All, stage) >= 0) DebugStages.Add(stage);
            else throw Usage($"USAGE: invalid option for -d: {stage}", "stages: all, " + string.Join(", ", StageDump.All), false);
        }
    }

    private void AddMissing(string value)
    {
        foreach (string feature in value.Split(','))
        {
            if (Array.IndexOf(s_features, feature) < 0) throw Usage($"USAGE: invalid feature for --no-feature: {feature}", "features: " + string.Join(", ", s_features), false);
            MissingFeatures.Add(feature);
        }
    }

    private void SetMode(string value, string option)
    {
        if (Mode is not null && Mode != value) throw Usage($"USAGE: {option} conflicts with an earlier mode, {Mode}", "one of --test, --bench, --fmt, --mode", false);
        Mode = value;
    }

    private static string Next(string option, ReadOnlySpan<string> args, ref int i) => ++i < args.Length ? args[i] : throw Usage($"'{option}' needs a value");

    private static int Number(string option, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : throw Usage($"{option}: '{value}' is no number above 0", showsUsage: false);

    private static string OneOf(string option, string value, params ReadOnlySpan<string> allowed) =>
        allowed.Contains(value) ? value : throw Usage($"USAGE: {option}: '{value}' is none of {string.Join(", ", allowed.ToArray())}", showsUsage: false);

    // bpftrace's words: scripts look at them.
    private static int Process(string value)
    {
        int digits = 0;
        while (digits < value.Length && char.IsAsciiDigit(value[digits])) digits++;
        if (digits == 0) throw Usage($"Failed to parse pid: invalid integer: {value}", "a process by its number", false);
        if (digits < value.Length) throw Usage($"Failed to parse pid: invalid trailing bytes: {value}", "a process by its number", false);
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid is > 0 and <= MostProcesses ? pid : throw Usage($"Pid out of range: {value}", "a process by its number", false);
    }

    private static TraceUsageException Usage(string message, string help = "'nectar trace --help' lists all options", bool showsUsage = true) => new(Diagnostic.Error(s_usage, message, "help: " + help), showsUsage);
}
