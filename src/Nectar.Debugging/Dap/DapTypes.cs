// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nectar.Debugging.Dap;

/// <summary>What an editor says when it starts a session: the attributes of a launch configuration.</summary>
public sealed record DapLaunch
{
    /// <summary>The object, or assembly text.</summary>
    public string Object { get; init; } = "";

    /// <summary>Which program; null for the only one.</summary>
    public string? Program { get; init; }

    /// <summary>A capture: one run for each packet.</summary>
    public string? Pcap { get; init; }

    /// <summary>Hexadecimal text or files: one run for each.</summary>
    public string[] Mem { get; init; } = [];

    /// <summary>Fields of the context, FIELD=VALUE.</summary>
    public string[] Ctx { get; init; } = [];

    /// <summary>Global variables, NAME=VALUE.</summary>
    public string[] Set { get; init; } = [];

    /// <summary>Folders with source files.</summary>
    public string[] Sources { get; init; } = [];

    /// <summary>Stand before the first instruction.</summary>
    public bool StopOnEntry { get; init; }

    /// <summary>Stand when the last run is over, so that one can go back, instead of ending the session.</summary>
    public bool StopOnEnd { get; init; }

    /// <summary>Run through breakpoints.</summary>
    public bool NoDebug { get; init; }
}

internal sealed record DapSource(string? Name = null, string? Path = null, int? SourceReference = null);

internal sealed record DapBreakpoint(int? Id, bool Verified, string? Message = null, DapSource? Source = null, int? Line = null, string? InstructionReference = null);

internal sealed record DapBreakpoints(List<DapBreakpoint> Breakpoints);

internal sealed record DapThread(int Id, string Name);

internal sealed record DapThreads(List<DapThread> Threads);

internal sealed record DapFrame(int Id, string Name, DapSource? Source, int Line, int Column, string InstructionPointerReference, string? PresentationHint = null);

internal sealed record DapStackTrace(List<DapFrame> StackFrames, int TotalFrames);

internal sealed record DapScope(string Name, int VariablesReference, bool Expensive, string? PresentationHint = null, int? NamedVariables = null);

internal sealed record DapScopes(List<DapScope> Scopes);

internal sealed record DapVariable(string Name, string Value, string? Type, int VariablesReference, string? EvaluateName = null, string? MemoryReference = null);

internal sealed record DapVariables(List<DapVariable> Variables);

internal sealed record DapEvaluation(string Result, string? Type, int VariablesReference, string? MemoryReference = null);

internal sealed record DapSetVariable(string Value, string? Type, int VariablesReference);

internal sealed record DapInstruction(string Address, string Instruction, string? InstructionBytes = null, string? Symbol = null, DapSource? Location = null, int? Line = null, string? PresentationHint = null);

internal sealed record DapDisassembly(List<DapInstruction> Instructions);

internal sealed record DapMemory(string Address, int UnreadableBytes, string? Data);

internal sealed record DapWritten(int BytesWritten);

internal sealed record DapContent(string Content, string? MimeType = null);

internal sealed record DapExceptionDetails(string Message, string TypeName);

internal sealed record DapException(string ExceptionId, string Description, string BreakMode, DapExceptionDetails Details);

internal sealed record DapDataInfo(string? DataId, string Description, string[]? AccessTypes = null, bool? CanPersist = null);

internal sealed record DapLocation(int Line);

internal sealed record DapLocations(List<DapLocation> Breakpoints);

internal sealed record DapContinued(bool AllThreadsContinued = true);

internal sealed record DapStopped(string Reason, string? Description, string? Text, int[]? HitBreakpointIds, int ThreadId = 1, bool AllThreadsStopped = true);

internal sealed record DapOutput(string Category, string Output);

internal sealed record DapExited(int ExitCode);

internal sealed record DapFilter(string Filter, string Label, string Description, [property: JsonPropertyName("default")] bool IsDefault);

internal sealed record DapCapabilities
{
    public bool SupportsConfigurationDoneRequest { get; init; } = true;

    public bool SupportsFunctionBreakpoints { get; init; } = true;

    public bool SupportsConditionalBreakpoints { get; init; } = true;

    public bool SupportsHitConditionalBreakpoints { get; init; } = true;

    public bool SupportsEvaluateForHovers { get; init; } = true;

    public bool SupportsStepBack { get; init; } = true;

    public bool SupportsSetVariable { get; init; } = true;

    public bool SupportsSetExpression { get; init; } = true;

    public bool SupportsRestartRequest { get; init; } = true;

    public bool SupportsExceptionInfoRequest { get; init; } = true;

    public bool SupportsTerminateRequest { get; init; } = true;

    public bool SupportsDataBreakpoints { get; init; } = true;

    public bool SupportsReadMemoryRequest { get; init; } = true;

    public bool SupportsWriteMemoryRequest { get; init; } = true;

    public bool SupportsDisassembleRequest { get; init; } = true;

    public bool SupportsBreakpointLocationsRequest { get; init; } = true;

    public bool SupportsSteppingGranularity { get; init; } = true;

    public bool SupportsInstructionBreakpoints { get; init; } = true;

    public DapFilter[] ExceptionBreakpointFilters { get; init; } = [new("fault", "Faults", "Stop where an instruction cannot be carried out", true)];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DapCapabilities))]
[JsonSerializable(typeof(DapBreakpoints))]
[JsonSerializable(typeof(DapThreads))]
[JsonSerializable(typeof(DapStackTrace))]
[JsonSerializable(typeof(DapScopes))]
[JsonSerializable(typeof(DapVariables))]
[JsonSerializable(typeof(DapEvaluation))]
[JsonSerializable(typeof(DapSetVariable))]
[JsonSerializable(typeof(DapDisassembly))]
[JsonSerializable(typeof(DapMemory))]
[JsonSerializable(typeof(DapWritten))]
[JsonSerializable(typeof(DapContent))]
[JsonSerializable(typeof(DapException))]
[JsonSerializable(typeof(DapDataInfo))]
[JsonSerializable(typeof(DapLocations))]
[JsonSerializable(typeof(DapContinued))]
[JsonSerializable(typeof(DapStopped))]
[JsonSerializable(typeof(DapOutput))]
[JsonSerializable(typeof(DapExited))]
internal sealed partial class DapJson : JsonSerializerContext;

/// <summary>Arguments of a request, of which editors leave out what they like.</summary>
internal readonly struct DapArguments(JsonElement element)
{
    internal JsonElement Element => element;

    internal string? Text(string name) => Get(name) is { ValueKind: JsonValueKind.String } value ? Read(value) : null;

    internal int Number(string name, int otherwise = 0) => Get(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) ? number : otherwise;

    internal bool Flag(string name) => Get(name) is { ValueKind: JsonValueKind.True };

    internal DapArguments Object(string name) => new(Get(name) is { ValueKind: JsonValueKind.Object } value ? value : default);

    internal IEnumerable<DapArguments> Objects(string name)
    {
        if (Get(name) is not { ValueKind: JsonValueKind.Array } array) yield break;
        foreach (JsonElement item in array.EnumerateArray()) yield return new DapArguments(item);
    }

    internal IEnumerable<string> Texts(string name)
    {
        if (Get(name) is not { ValueKind: JsonValueKind.Array } array) yield break;
        foreach (JsonElement item in array.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String && Read(item) is { } text) yield return text;
        }
    }

    /// <summary>A text or several, or an object's members as NAME=VALUE.</summary>
    internal string[] List(string name) => Get(name) is not { } value ? [] : value.ValueKind switch
    {
        JsonValueKind.String => [Read(value) ?? ""],
        JsonValueKind.Array => [.. Texts(name)],
        JsonValueKind.Object => [.. value.EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.String || Read(member.Value) is not null).Select(member => $"{member.Name}={member.Value}")],
        _ => [],
    };

    /// <summary>A text; null for one that is no Unicode, such as half of a surrogate pair.</summary>
    private static string? Read(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private JsonElement? Get(string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? value : null;
}
