// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;
using Nectar.Linux.Features;
using Nectar.Linux.Inspection;

namespace Nectar.Cli.Views;

/// <summary>What a kernel has, in the words of bpftool, with the first kernel of what is missing.</summary>
internal static class FeatureView
{
    internal static void WriteText(FeatureReport report, TextWriter text)
    {
        text.WriteLine("Scanning system configuration...");
        foreach ((string name, string value) in report.System) text.WriteLine($"{name} is {(name.StartsWith("CONFIG_", StringComparison.Ordinal) ? value == "n" ? "not set" : $"set to {value}" : value)}");
        text.WriteLine("\nScanning eBPF program types...");
        foreach (FeatureAnswer answer in report.Programs) text.WriteLine($"eBPF program_type {answer.Name} is {Words(answer)}");
        text.WriteLine("\nScanning eBPF map types...");
        foreach (FeatureAnswer answer in report.Maps) text.WriteLine($"eBPF map_type {answer.Name} is {Words(answer)}");
        text.WriteLine("\nScanning eBPF helper functions...");
        foreach ((string type, IReadOnlyList<string> helpers) in report.Helpers)
        {
            text.WriteLine($"eBPF helpers supported for program type {type}:");
            if (helpers.Count == 0) text.WriteLine("\tCould not determine which helpers are available");
            foreach (string helper in helpers) text.WriteLine($"\t- {helper}");
        }

        text.WriteLine("\nScanning miscellaneous eBPF features...");
        foreach (FeatureAnswer answer in report.Features) text.WriteLine($"{answer.Name}: {Words(answer)}");
    }

    internal static void WriteJson(FeatureReport report, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartObject("system_config");
        foreach ((string name, string value) in report.System)
        {
            if (long.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out long number)) json.WriteNumber(name, number);
            else if (value is "unknown" || (value == "n" && name.StartsWith("CONFIG_", StringComparison.Ordinal))) json.WriteNull(name);
            else json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteStartObject("syscall_config");
        json.WriteBoolean("have_bpf_syscall", true);
        json.WriteEndObject();
        Group(json, "program_types", report.Programs, name => $"have_{name}_prog_type");
        Group(json, "map_types", report.Maps, name => $"have_{name}_map_type");
        json.WriteStartObject("helpers");
        foreach ((string type, IReadOnlyList<string> helpers) in report.Helpers)
        {
            json.WriteStartArray($"{type}_available_helpers");
            foreach (string helper in helpers) json.WriteStringValue(helper);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        Group(json, "misc", report.Features, name => "have_" + Identifier(name).ToLowerInvariant());
        json.WriteStartObject("missing");
        foreach (FeatureAnswer answer in report.Programs.Concat(report.Maps).Concat(report.Features).Where(answer => !answer.Status.IsYes).DistinctBy(answer => answer.Name))
        {
            json.WriteStartObject(answer.Name);
            json.WriteString("reason", answer.Status.Reason);
            json.WriteString("minimum_kernel", answer.MinimumKernel?.ToString(2));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    internal static void WriteMacros(FeatureReport report, string prefix, TextWriter text)
    {
        text.WriteLine("/*** eBPF program types ***/");
        foreach (FeatureAnswer answer in report.Programs) Macro(text, prefix, $"{answer.Name}_PROG_TYPE", answer.Status.IsYes);
        text.WriteLine("\n/*** eBPF map types ***/");
        foreach (FeatureAnswer answer in report.Maps) Macro(text, prefix, $"{answer.Name}_MAP_TYPE", answer.Status.IsYes);
        text.WriteLine("\n/*** eBPF helper functions ***/");
        foreach ((string type, IReadOnlyList<string> helpers) in report.Helpers)
        {
            foreach (string helper in helpers) text.WriteLine($"#define {prefix}BPF__PROG_TYPE_{type}__HELPER_{helper} 1");
        }

        text.WriteLine("\n/*** eBPF misc features ***/");
        foreach (FeatureAnswer answer in report.Features) Macro(text, prefix, Identifier(answer.Name), answer.Status.IsYes);
    }

    private static void Macro(TextWriter text, string prefix, string name, bool isThere) => text.WriteLine($"#define {prefix}{(isThere ? "" : "NO_")}HAVE_{name.ToUpperInvariant()}");

    private static void Group(Utf8JsonWriter json, string name, IReadOnlyList<FeatureAnswer> answers, Func<string, string> key)
    {
        json.WriteStartObject(name);
        foreach (FeatureAnswer answer in answers) json.WriteBoolean(key(answer.Name), answer.Status.IsYes);
        json.WriteEndObject();
    }

    private static string Words(FeatureAnswer answer)
    {
        if (answer.Status.IsYes) return "available";
        bool isNewer = answer.MinimumKernel is { } minimum && !KernelRelease.Running.IsAtLeast(minimum);
        string reason = isNewer ? $"needs Linux {answer.MinimumKernel!.ToString(2)}" : answer.Status.Reason;
        return $"{(answer.Status.State == FeatureState.No ? "NOT available" : "unknown")}{(reason.Length > 0 ? $" ({reason})" : "")}";
    }

    private static string Identifier(string name) => string.Join('_', name.Split([' ', '-', '.', '(', ')', ',', '/'], StringSplitOptions.RemoveEmptyEntries));
}
