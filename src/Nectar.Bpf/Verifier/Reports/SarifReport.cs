// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Encodings.Web;
using System.Text.Json;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Bpf.Verifier.Reports;

/// <summary>Refusals as SARIF 2.1.0 (OASIS), which editors and code hosts show beside the source: one result for each refused program, with its path as a code flow.</summary>
public static class SarifReport
{
    /// <summary>Writes a log with one run.</summary>
    /// <param name="output">Receives UTF-8.</param>
    /// <param name="explanations">The refusals; none gives a run without results.</param>
    /// <param name="version">The version of the tool.</param>
    public static void Write(Stream output, IEnumerable<Explanation> explanations, string version)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(explanations);
        Explanation[] all = [.. explanations];
        DiagnosticCode[] codes = [.. all.Select(one => one.Code).Distinct().OrderBy(code => code.Number)];
        using Utf8JsonWriter json = new(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
        json.WriteString("version", "2.1.0");
        json.WriteStartArray("runs");
        json.WriteStartObject();
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "nectar");
        json.WriteString("version", version);
        json.WriteStartArray("rules");
        foreach (DiagnosticCode code in codes) WriteRule(json, Array.Find(all, one => one.Code == code)!);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteString("columnKind", "utf16CodeUnits");
        json.WriteStartArray("results");
        foreach (Explanation one in all) WriteResult(json, one, Array.IndexOf(codes, one.Code));
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRule(Utf8JsonWriter json, Explanation example)
    {
        json.WriteStartObject();
        json.WriteString("id", example.Code.ToString());
        WriteText(json, "shortDescription", example.Title);
        WriteText(json, "help", example.Suggestion);
        json.WriteStartObject("properties");
        json.WriteString("category", example.Category.ToWords());
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, Explanation one, int rule)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", one.Code.ToString());
        json.WriteNumber("ruleIndex", rule);
        json.WriteString("level", "error");
        WriteText(json, "message", $"{one.Reason}\n{one.Suggestion}");
        json.WriteStartArray("locations");
        json.WriteStartObject();
        if (one.Source is { } source) WritePlace(json, source);
        WriteProgram(json, one);
        json.WriteEndObject();
        json.WriteEndArray();
        if (one.Path.Length > 0) WritePath(json, one);
        json.WriteStartObject("properties");
        json.WriteString("category", one.Category.ToWords());
        if (one.Instruction is { } slot) json.WriteNumber("instruction", slot);
        if (one.KernelText is { } kernel) json.WriteString("kernelText", kernel);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WritePath(Utf8JsonWriter json, Explanation one)
    {
        json.WriteStartArray("codeFlows");
        json.WriteStartObject();
        json.WriteStartArray("threadFlows");
        json.WriteStartObject();
        json.WriteStartArray("locations");
        foreach (CausalEvent step in one.Path)
        {
            json.WriteStartObject();
            json.WriteStartObject("location");
            if (step is { File: { } file, Line: > 0 }) WriteRegion(json, file, step.Line, 0, 0, null);
            WriteText(json, "message", $"insn {step.Slot}: {step.Text}{(step.Times > 1 ? $", {step.Times} times" : "")}");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteProgram(Utf8JsonWriter json, Explanation one)
    {
        if ((one.Source?.Function ?? one.Program) is not { Length: > 0 } name) return;
        json.WriteStartArray("logicalLocations");
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("kind", "function");
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WritePlace(Utf8JsonWriter json, SourceExcerpt source) =>
        WriteRegion(json, source.Span.File, source.Span.Line, source.Span.Column, source.Span.EndColumn, source.Text);

    private static void WriteRegion(Utf8JsonWriter json, string file, int line, int column, int endColumn, string? text)
    {
        json.WriteStartObject("physicalLocation");
        json.WriteStartObject("artifactLocation");
        json.WriteString("uri", ToUri(file));
        json.WriteEndObject();
        json.WriteStartObject("region");
        json.WriteNumber("startLine", line);
        if (column > 0) json.WriteNumber("startColumn", column);
        if (column > 0 && endColumn > column) json.WriteNumber("endColumn", endColumn);
        if (text is not null) WriteText(json, "snippet", text);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string ToUri(string file)
    {
        string path = file.Replace('\\', '/');
        string escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        return path.StartsWith('/') ? "file://" + escaped : escaped;
    }

    private static void WriteText(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }
}
