// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Trace.Runtime;
using Nectar.Trace.Runtime.Output;
using Nectar.Trace.Values;

namespace Nectar.Trace.Printing;

/// <summary>Results as text; what concerns the run goes to standard error.</summary>
internal sealed class TextOutput(OutputStream to, OutputStream errors, string source = "", bool usesColor = false) : TraceOutput
{
    private const string Green = "\e[32m", Red = "\e[31m", Yellow = "\e[33m", Plain = "\e[0m";

    public override bool IsBroken => to.IsBroken;

    public override Bpf.Maps.Errno Problem => to.Problem;

    public override void Printf(PrintSite site, ReadOnlySpan<byte> record)
    {
        if (site.Severity == PrintSeverity.None)
        {
            site.Format.Write(to.Buffer, record);
            to.Commit();
            return;
        }

        Utf8Buffer text = new();
        site.Format.Write(text, record);
        Print(text.Written, site.Severity, site.Where);
        foreach (SourceSpan use in site.ExpandedFrom) Log(site.Severity == PrintSeverity.Error, use, "expanded from", withContext: true);
    }

    public override void Print(ReadOnlySpan<byte> text, PrintSeverity severity, SourceSpan where)
    {
        if (severity == PrintSeverity.None)
        {
            Write(text, endsLine: false);
            return;
        }

        bool isError = severity == PrintSeverity.Error;
        if (isError) Errors++;
        Log(isError, where, Encoding.UTF8.GetString(text).TrimEnd('\n'), withContext: false);
    }

    public override void Value(TraceValue value)
    {
        TextFormat.Write(to.Buffer, value);
        to.Buffer.Append((byte)'\n');
        to.Commit();
    }

    public override void Map(MapResult map)
    {
        TextFormat.WriteMap(to.Buffer, map);
        to.Commit();
    }

    public override void Time(ReadOnlySpan<byte> text) => Write(text, endsLine: false);

    public override void Cat(ReadOnlySpan<byte> content) => Write(content, endsLine: false);

    public override void Join(ReadOnlySpan<byte> text) => Write(text, endsLine: true);

    public override void System(ReadOnlySpan<byte> text) => Write(text, endsLine: true);

    public override void Attached(int probes) => Tell(string.Create(CultureInfo.InvariantCulture, $"Attached {probes} probe{(probes == 1 ? "" : "s")}\n"));

    public override void Lost(long events) => Tell(string.Create(CultureInfo.InvariantCulture, $"Lost {events} events\n"));

    public override void HelperError(string helper, int result, SourceSpan where)
    {
        Errors++;
        string message = HelperErrors.Describe(helper, result);
        Log(isError: false, where, string.Create(CultureInfo.InvariantCulture, $"{message}\nAdditional Info - helper: {helper}, retcode: {result}"), withContext: true);
    }

    public override void RuntimeError(string message, SourceSpan where)
    {
        Errors++;
        Log(isError: false, where, message, withContext: true);
    }

    public override void Warn(string message) => Log(isError: false, null, message, withContext: false);

    public override void Error(string message) => Log(isError: true, null, message, withContext: false);

    public override void End() => Write("\n\n"u8, endsLine: false);

    public override void Test(IReadOnlyList<string> names, int index, TimeSpan duration, IReadOnlyList<bool> passed, string output)
    {
        StringBuilder text = new();
        if (index == 0) text.Append(CultureInfo.InvariantCulture, $"{Green}[==========]{Plain} Running {names.Count} tests.\n");
        text.Append(CultureInfo.InvariantCulture, $"{Green}[ RUN      ]{Plain} {names[index]}\n");
        if (!passed[index])
        {
            foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries)) text.Append(line).Append('\n');
        }

        text.Append(CultureInfo.InvariantCulture, $"{(passed[index] ? Green + "[       OK ]" : Red + "[  FAILED  ]")}{Plain} {names[index]} ({Duration(duration)})\n");
        if (index == names.Count - 1) Summarize(text, names, passed);
        Write(Encoding.UTF8.GetBytes(text.ToString()), endsLine: false);
    }

    public override void Benchmark(IReadOnlyList<string> names, int index, long nanoseconds, long runs)
    {
        const int TimeWidth = 15;
        int width = 41;
        foreach (string name in names) width = Math.Max(width, name.Length + 1);
        StringBuilder text = new();
        if (index == 0) text.Append("Benchmark".PadRight(width)).Append("Time(ns)".PadRight(TimeWidth)).Append("Iterations\n").Append('-', width + TimeWidth + 10).Append('\n');
        text.Append(names[index].PadRight(width)).Append(nanoseconds.ToString(CultureInfo.InvariantCulture).PadRight(TimeWidth)).Append(CultureInfo.InvariantCulture, $"{runs}\n");
        Write(Encoding.UTF8.GetBytes(text.ToString()), endsLine: false);
    }

    public override void Idle()
    {
        to.Idle();
        errors.Idle();
    }

    public override void Dispose()
    {
        to.Dispose();
        errors.Dispose();
    }

    private static void Summarize(StringBuilder text, IReadOnlyList<string> names, IReadOnlyList<bool> passed)
    {
        static string Tests(int count) => count == 1 ? "test" : "tests";
        int good = 0;
        foreach (bool one in passed) good += one ? 1 : 0;
        int bad = passed.Count - good;
        text.Append(CultureInfo.InvariantCulture, $"{Green}[==========]{Plain} {names.Count} {Tests(names.Count)} ran.\n");
        text.Append(CultureInfo.InvariantCulture, $"{Green}[  PASSED  ]{Plain} {good} {Tests(good)}.\n");
        if (bad == 0) return;
        text.Append(CultureInfo.InvariantCulture, $"{Red}[  FAILED  ]{Plain} {bad} {Tests(bad)}, listed below:\n");
        for (int i = 0; i < names.Count; i++)
        {
            if (!passed[i]) text.Append(CultureInfo.InvariantCulture, $"{Red}[  FAILED  ]{Plain} {names[i]}\n");
        }
    }

    private static string Duration(TimeSpan duration)
    {
        (double scale, string unit) = duration.TotalNanoseconds switch
        {
            >= 1e9 => (1e9, "s"),
            >= 1e6 => (1e6, "ms"),
            >= 1e3 => (1e3, "μs"),
            _ => (1.0, "ns"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{(long)(duration.TotalNanoseconds / scale)} {unit}");
    }

    private void Log(bool isError, SourceSpan? where, string message, bool withContext)
    {
        string place = where is { Line: > 0 } span ? SourcePlace.Describe(span) + ": " : "";
        string line = $"{place}{(isError ? "ERROR" : "WARNING")}: {message}";
        if (usesColor) line = (isError ? Red : Yellow) + line + Plain;
        Tell(line + "\n" + (withContext && where is { } shown ? SourcePlace.Context(shown, source) : ""));
    }

    private void Write(ReadOnlySpan<byte> text, bool endsLine)
    {
        to.Buffer.Append(text);
        if (endsLine) to.Buffer.Append((byte)'\n');
        to.Commit();
    }

    /// <summary>To standard error, behind what was printed before.</summary>
    private void Tell(string text)
    {
        to.Idle();
        errors.Buffer.Append(text);
        errors.Flush();
    }
}
