// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Verifier.Explanations;

namespace Nectar.Bpf.Verifier.Reports;

/// <summary>Reports and explanations as JSON, there and back.</summary>
public static class ReportJson
{
    private static readonly ReportJsonContext s_context = new(new JsonSerializerOptions(ReportJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Reports as a JSON array, in their order.</summary>
    public static string ToJson(IEnumerable<ProgramReport> reports)
    {
        ArgumentNullException.ThrowIfNull(reports);
        return JsonSerializer.Serialize([.. reports], s_context.ImmutableArrayProgramReport);
    }

    /// <summary>One explanation as a JSON object.</summary>
    public static string ToJson(Explanation explanation)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        return JsonSerializer.Serialize(explanation, s_context.Explanation);
    }

    /// <summary>Reads what <see cref="ToJson(IEnumerable{ProgramReport})"/> wrote.</summary>
    /// <returns>Null if the text is no such report.</returns>
    public static ImmutableArray<ProgramReport>? TryRead(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            ImmutableArray<ProgramReport> reports = JsonSerializer.Deserialize(json, s_context.ImmutableArrayProgramReport);
            return reports.IsDefault || reports.Any(report => report is null) ? null : reports;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads what <see cref="ToJson(Explanation)"/> wrote.</summary>
    /// <returns>Null if the text is no explanation.</returns>
    public static Explanation? TryReadExplanation(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            return JsonSerializer.Deserialize(json, s_context.Explanation);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true, Converters = [typeof(DiagnosticCodeConverter)])]
[JsonSerializable(typeof(ImmutableArray<ProgramReport>))]
[JsonSerializable(typeof(Explanation))]
internal sealed partial class ReportJsonContext : JsonSerializerContext;

/// <summary>Codes as they are printed: <c>"NEC3101"</c>.</summary>
internal sealed class DiagnosticCodeConverter : JsonConverter<DiagnosticCode>
{
    public override DiagnosticCode Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
        return text.StartsWith("NEC", StringComparison.Ordinal) && int.TryParse(text.AsSpan(3), out int number) ? new DiagnosticCode(number) : throw new JsonException($"'{text}' is no code");
    }

    public override void Write(Utf8JsonWriter writer, DiagnosticCode value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
