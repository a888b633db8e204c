// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Objects;

/// <summary>Composes the <c>.BTF.ext</c> section: what is known about the code, by section and offset.</summary>
internal sealed class ExtensionSectionWriter(TypeSectionWriter types)
{
    private delegate void Records(FunctionDefinition function, uint start, List<uint> words);

    /// <summary>The bytes; null if nothing is known.</summary>
    public byte[]? ToBytes(IEnumerable<(string Name, List<FunctionDefinition> Functions)> sections, BpfObject @object)
    {
        (string Name, List<FunctionDefinition> Functions)[] all = [.. sections];
        // The kernel accepts callbacks only of functions that have types, and then wants types for all functions of the program.
        bool hasCallbacks = all.Any(section => section.Functions.Any(function => function.Relocations.Any(relocation => relocation.Kind == RelocationKind.FunctionAddress)));
        List<uint> functions = Part(all, 8, (function, start, words) =>
        {
            if (function.TypeId != 0) words.AddRange([start, function.TypeId]);
            else if (hasCallbacks) words.AddRange([start, types.AddFunction(function.Name)]);
        });
        // The kernel wants a line for every function as soon as there are lines, and types for the functions.
        bool hasLines = all.All(section => section.Functions.All(function => function.TypeId != 0 && function.Lines is [{ Instruction: 0 }, ..]));
        List<uint> lines = !hasLines ? [] : Part(all, 16, (function, start, words) =>
        {
            foreach (LineInfo line in function.Lines)
                words.AddRange([start + ((uint)line.Instruction * 8), types.String(line.File), types.String(line.Text), ((uint)line.Line << 10) | ((uint)line.Column & 1023)]);
        });
        List<uint> core = Part(all, 16, (function, start, words) =>
        {
            foreach (CoreRelocation relocation in function.CoreRelocations)
                words.AddRange([start + ((uint)relocation.Instruction * 8), relocation.TypeId, types.String(relocation.Access), (uint)relocation.Kind]);
        });
        if (functions.Count + lines.Count + core.Count == 0) return null;

        uint functionLength = (uint)functions.Count * 4, lineLength = (uint)lines.Count * 4;
        uint[] words = [0xeb9f | (1u << 16), 32, 0, functionLength, functionLength, lineLength, functionLength + lineLength, (uint)core.Count * 4, .. functions, .. lines, .. core];
        byte[] bytes = new byte[words.Length * 4];
        Btf.BtfEditor.WriteWords(words, bytes, @object.IsBigEndian);
        if (@object.IsBigEndian) ((ReadOnlySpan<byte>)[0xeb, 0x9f, 1, 0]).CopyTo(bytes); // magic number, version and flags are not a word
        return bytes;
    }

    private List<uint> Part((string Name, List<FunctionDefinition> Functions)[] sections, uint recordSize, Records records)
    {
        List<uint> part = [];
        foreach ((string name, List<FunctionDefinition> functions) in sections)
        {
            List<uint> words = [];
            uint start = 0;
            foreach (FunctionDefinition function in functions)
            {
                records(function, start, words);
                start += (uint)function.Instructions.Length * 8;
            }

            if (words.Count == 0) continue;
            if (part.Count == 0) part.Add(recordSize);
            part.AddRange([types.String(name), (uint)words.Count * 4 / recordSize]);
            part.AddRange(words);
        }

        return part;
    }
}
