// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Nectar.Bench;

/// <summary>Makes the table of bars from the figures that all benchmarks and peers printed in one run.</summary>
internal static class BarsReport
{
    private static readonly string[] s_arithmetic = ["alu64", "csum1500", "xorcopy1500", "siphash64", "http_match", "classify1500"];

    private static readonly Dictionary<string, List<double>> s_figures = new(StringComparer.Ordinal);

    /// <summary>Arguments: the collected figures, the collected lines of the tests, where to write the table.</summary>
    internal static int Run(string[] arguments)
    {
        foreach (string line in File.ReadLines(arguments[0]))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 3 || words[0] != "figure" || !double.TryParse(words[2], CultureInfo.InvariantCulture, out double value)) continue;
            if (!s_figures.TryGetValue(words[1], out List<double>? list)) s_figures.Add(words[1], list = []);
            list.Add(value);
        }

        StringBuilder text = new();
        text.Append("# Bars\n\nWritten by `bench/run`; one run, ours and the peers' rounds in turn, medians. Ratios count, absolute times depend on the machine.\n\n");
        text.Append("| bar | what | ours | bar | peer | ours / peer |\n|---|---|---|---|---|---|\n");
        Tests(text, arguments[1]);
        foreach (Row row in Rows()) Append(text, row);
        text.Append("\n## Programs of shared/bench/vm, ns a run\n\n| program | gcc -O2 | trusted | checked | uBPF | trusted / gcc | checked / trusted |\n|---|---|---|---|---|---|---|\n");
        foreach (string program in s_figures.Keys.Where(k => k.StartsWith("jit/", StringComparison.Ordinal) && k.EndsWith("/gcc", StringComparison.Ordinal)).Select(k => k[4..^4]))
        {
            double? gcc = Get($"jit/{program}/gcc"), trusted = Get($"jit/{program}/trusted"), tested = Get($"jit/{program}/checked");
            text.Append(CultureInfo.InvariantCulture, $"| {program} | {Show(gcc)} | {Show(trusted)} | {Show(tested)} | {Show(Get($"jit/{program}/ubpf"))} | {Show(trusted / gcc)} | {Show(tested / trusted)} |\n");
        }

        EventReport.Append(text, Get);
        text.Append("\n## Machine and commands\n\n");
        text.Append(CultureInfo.InvariantCulture, $"- {Processor()}, {Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}, .NET {Environment.Version}\n");
        text.Append("- everything: `bench/run` (the environment variable `UBPF` names a folder with `include/` and `libubpf.a`)\n");
        text.Append("- one benchmark: `dotnet run -c Release --project bench/Nectar.Bench -- VERB`; times are processor time of the thread unless a row says wall\n");
        File.WriteAllText(arguments[2], text.ToString());
        Console.Write(text);
        return 0;
    }

    /// <summary>One row: our figure, its limit as text and number (an upper one, or a lower one if <c>AtLeast</c>), the peer's figure.</summary>
    private sealed record Row(string Bar, string What, double? Ours, string Unit, double Limit, double? Peer = null, string PeerName = "-", bool AtLeast = false);

    private static IEnumerable<Row> Rows()
    {
        double? ubpf = Get("jit/geomean/trusted-over-ubpf");
        yield return new Row("4", "JIT trusted over gcc -O2, geometric mean", Get("jit/geomean/trusted-over-gcc"), "x", 1.5, Get("jit/geomean/trusted-over-gcc") / ubpf, "uBPF");
        yield return new Row("4", "JIT trusted over uBPF's JIT, slowest program", Get("jit/worst/trusted-over-ubpf"), "x", 1, null, "uBPF not given");
        yield return new Row("4", "empty program, trusted", Get("jit/empty/trusted"), "ns", 5, Get("jit/empty/ubpf"), "uBPF");
        yield return new Row("4", "JIT checked over trusted, geometric mean", Get("jit/geomean/checked-over-trusted"), "x", 1.6);
        yield return new Row("4", "JIT verified over trusted, geometric mean", Get("jit/geomean/verified-over-trusted"), "x", 1.05);
        yield return new Row("5", "interpreter, arithmetic programs, geometric mean", GeometricMean(""), "ns/instruction", 3, GeometricMean("/ubpf"), "uBPF");
        string? small = s_figures.Keys.FirstOrDefault(k => k.StartsWith("compile/", StringComparison.Ordinal) && k.EndsWith("/checked", StringComparison.Ordinal));
        yield return new Row("6", $"JIT compile, parse_tcp ({small?.Split('/')[1] ?? "no figure"}), checked", small is null ? null : Get(small), "µs", 20, Get("compile/parse_tcp/ubpf"), "uBPF");
        yield return new Row("6", "JIT compile, 10,000 instructions", Get("compile/10000-instructions/each"), "µs/instruction", 0.5);
        yield return new Row("6", "JIT compile, 1,000,000 instructions", Get("compile/1000000-instructions/total"), "ms", 500);
        yield return new Row("7", "capture, two-instruction filter, JIT", Get("capture/Jit/rate"), "Mpackets/s", 10, Get("tcpdump/cpu") is { } t ? 1000 / t : null, "tcpdump -r, a filter, processor time", true);
        yield return new Row("7", "capture, managed bytes allocated", Get("capture/Jit/allocated"), "bytes/packet", 0);
        yield return new Row("8", "nectar --version, wall", Get("version/wall"), "ms", 15, Get("bpftool-version/wall"), "bpftool version");
        yield return new Row("8", "nectar run samples/block_http, wall", Get("sample/wall"), "ms", 60, Get("tcpdump-sample/wall"), "tcpdump -r of the same capture");
        yield return new Row("8", "nectar run samples/block_http, memory", Get("sample/memory"), "MiB", 40, Get("tcpdump-sample/memory"), "tcpdump -r");
        yield return new Row("9", $"read an object of {Show(Get("object/size"))} MiB", Get("object/read"), "ms", 10, Get("object/libbpf"), "libbpf");
        yield return new Row("9", "read and parse the running kernel's BTF", Get("btf/read-and-parse"), "ms", (Get("btf-file/libbpf") ?? 4.2) * 1.5, Get("btf-file/libbpf"), "libbpf, btf__parse");
        yield return new Row("9", "the same from memory", Get("btf/parse"), "ms", double.NaN, Get("btf/libbpf"), "libbpf, btf__new");
        yield return new Row("9", "the same, memory with the file's bytes", Get("btf/memory"), "MiB", 20);
        yield return new Row("9", "print it as C, in this process", Get("btf/print"), "ms", Get("bpftool-print/cpu") ?? 170, Get("bpftool-print/cpu"), "bpftool, processor time");
        foreach (string operation in new[] { "hash/lookup", "hash/update", "array/lookup", "percpu_hash/lookup", "lru_hash/update", "mapped_array/read" })
        {
            if (Get($"kernel-maps/{operation}") is { } time) yield return new Row("K2", $"map of the kernel, {operation}", time, "ns", (Get($"kernel-maps/{operation}/libbpf") ?? double.NaN) * 1.05, Get($"kernel-maps/{operation}/libbpf"), "libbpf");
        }

        if (Get("kernel-maps/hash/read-all") is { } bulk) yield return new Row("K2", "map of the kernel, hash read in bulk, an element", bulk, "ns", (Get("kernel-maps/hash/walk-by-keys") ?? double.NaN) / 5, Get("kernel-maps/hash/read-all/libbpf"), "libbpf, lookup_batch");
        if (Get("print/cpu") is { } print) yield return new Row("9", "print it as C, nectar's processor time", print, "ms", Get("bpftool-print/cpu") ?? 170, Get("bpftool-print/cpu"), "bpftool, processor time");
    }

    private static void Tests(StringBuilder text, string path)
    {
        if (!File.Exists(path)) return;
        foreach (string line in File.ReadLines(path).Select(l => l.Trim()).Distinct())
        {
            string bar = line.StartsWith("bpf_conformance", StringComparison.Ordinal) ? "1" : line.StartsWith("test_bpf", StringComparison.Ordinal) ? "2" : line.Contains(" the same on ", StringComparison.Ordinal) ? "3" : "";
            if (bar.Length > 0) text.Append(CultureInfo.InvariantCulture, $"| {bar} | {line} | | all | | |\n");
        }
    }

    private static void Append(StringBuilder text, Row row)
    {
        bool met = double.IsNaN(row.Limit) || row.Ours is { } ours && (row.AtLeast ? ours >= row.Limit : ours <= row.Limit + 1e-9);
        string verdict = row.Ours is null ? "not measured" : met ? "" : " **missed**";
        string peer = row.Peer is null ? row.PeerName == "-" || row.Ours is not null && row.What.Contains("uBPF", StringComparison.Ordinal) ? "-" : $"{row.PeerName}: not given" : $"{Show(row.Peer)} {row.Unit} ({row.PeerName})";
        text.Append(CultureInfo.InvariantCulture,
            $"| {row.Bar} | {row.What} | {(row.Ours is null ? "" : $"{Show(row.Ours)} {row.Unit}")}{verdict} | {(double.IsNaN(row.Limit) ? "" : $"{(row.AtLeast ? "≥" : "≤")} {Show(row.Limit)} {row.Unit}")} | {peer} | {Show(row.Ours / row.Peer)} |\n");
    }

    private static double? GeometricMean(string suffix)
    {
        double[] values = [.. s_arithmetic.Select(p => Get($"interpreter/{p}{suffix}")).OfType<double>()];
        return values.Length == 0 ? null : Measure.GeometricMean(values);
    }

    private static double? Get(string name) => s_figures.TryGetValue(name, out List<double>? values) ? Measure.Median([.. values]) : null;

    private static string Show(double? value) => value switch
    {
        null => "",
        0 => "0",
        >= 100 or <= -100 => value.Value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => value.Value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("0.00##", CultureInfo.InvariantCulture),
    };

    private static string Processor()
    {
        const string File = "/proc/cpuinfo";
        string? line = System.IO.File.Exists(File) ? System.IO.File.ReadLines(File).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
