// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Codegen.Finishing;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Codegen;

/// <summary>Tells who fills a frame that is too large.</summary>
internal static class FrameDiagnostic
{
    private const int Shown = 12;

    public static void Report(IrFunction function, List<FramePart> frame, int size, DiagnosticBag diagnostics)
    {
        List<string> notes = [];
        var byName = frame.GroupBy(part => part.Name).Select(group => (Name: group.Key, Size: group.Sum(part => (long)part.Size), Count: group.Count()))
            .OrderByDescending(group => group.Size).ThenBy(group => group.Name, StringComparer.Ordinal).ToArray();
        foreach ((string name, long bytes, int count) in byName.Take(Shown)) notes.Add($"note: {bytes,6} bytes: {name}{(count > 1 ? $" ({count} times)" : "")}");
        if (byName.Length > Shown) notes.Add($"note: {byName.Skip(Shown).Sum(group => group.Size),6} bytes: {byName.Length - Shown} more");
        notes.Add("help: keep what is large in an element of a per-CPU array map, or write it into the reserved record directly");
        diagnostics.Add(CodegenDiagnostics.At(function.Location, CodegenCodes.FrameTooLarge,
            $"the frame of '{function.Name}' has {size} bytes; a function has {FrameLayout.Limit}", [.. notes]));
    }
}
