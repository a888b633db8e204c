// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Planning.Objects;

/// <summary>
/// A compiled script as a file: an object that any loader reads, with a section of ours that says what user space needs to know besides: hooks,
/// maps with their types, actions with their formats, settings. It is run without compiling anything.
/// </summary>
internal static class ScriptObject
{
    /// <summary>The section with the plan.</summary>
    public const string SectionName = ".nectar.trace";

    /// <summary>The version of what is in it.</summary>
    internal const int Version = 1;

    /// <summary>True if a file begins as objects do.</summary>
    public static bool Begins(ReadOnlySpan<byte> file) => file.StartsWith("\u007fELF"u8);

    /// <summary>Writes a plan that was made to be <see cref="Lowering.LoweringOptions.Portable"/>.</summary>
    /// <param name="source">The script's text, which messages show lines of.</param>
    /// <exception cref="ObjectFormatException">The object cannot be written.</exception>
    public static byte[] Write(TracePlan plan, string source)
    {
        plan.Object.Sections[SectionName] = new PlanWriter(plan).Write(source);
        return ObjectWriter.ToArray(plan.Object);
    }

    /// <summary>Reads a plan and finds its hooks on this machine; null if there are errors.</summary>
    /// <param name="source">The script's text.</param>
    public static TracePlan? Read(ReadOnlyMemory<byte> file, string name, AttachOptions options, DiagnosticBag diagnostics, out string source)
    {
        source = "";
        if (!ObjectReader.TryRead(file, name, diagnostics, out BpfObject? made)) return null;
        if (!made.Sections.TryGetValue(SectionName, out byte[]? section))
        {
            diagnostics.Add(Problem($"'{name}' is an object, but none of a script", "help: 'nectar build FILE.bt' makes one; 'nectar run --attach' runs other objects"));
            return null;
        }

        try
        {
            TracePlan plan = new PlanReader(section).Read(made, out source);
            HookFinder finder = new(plan, options, diagnostics);
            return finder.Find() is { } found && !diagnostics.HasErrors ? found : null;
        }
        catch (Exception problem) when (problem is InvalidDataException or ArgumentException or OverflowException or FormatException)
        {
            diagnostics.Add(Problem($"the script's part of '{name}' is damaged: {problem.Message}"));
            return null;
        }
    }

    internal static Diagnostic Problem(string message, params ReadOnlySpan<string> notes) => Diagnostic.Error(TraceCodes.ScriptObject, message, notes);
}
