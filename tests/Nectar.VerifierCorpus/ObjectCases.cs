// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier;
using Nectar.Linux.Loading;

namespace Nectar.VerifierCorpus;

/// <summary>The programs of the objects: what our verifier gets is made as for any user's object.</summary>
internal static class ObjectCases
{
    /// <summary>All programs that the kernel judged; where it forbids a type of program here, the test's own expectation stands for its verdict.</summary>
    internal static IEnumerable<CorpusCase> Read(string verdicts, string objects, Func<string, string> corpusOf)
    {
        Dictionary<string, byte[]> files = new(StringComparer.Ordinal);
        foreach (string text in File.ReadLines(verdicts))
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement line = document.RootElement;
            if (line.TryGetProperty("problem", out _)) continue;
            KernelVerdict kernel = KernelVerdict.Read(line);
            if (kernel.IsForbiddenHere)
            {
                if (!line.TryGetProperty("expected", out JsonElement expected) || !expected.GetBoolean()) continue;
                kernel = kernel with { IsAccepted = true, Errno = 0 };
            }

            string name = line.GetProperty("object").GetString()!, program = line.GetProperty("program").GetString()!;
            uint flags = line.GetProperty("flags").GetUInt32();
            string path = Path.Combine(objects, name);
            yield return new CorpusCase(corpusOf(name), $"{Path.GetFileNameWithoutExtension(name)}/{program}", kernel, () => Input(path, program, flags));
        }
    }

    private static VerifierInput Input(string path, string program, uint flags)
    {
        BpfObject source = ObjectReader.Read(File.ReadAllBytes(path), Path.GetFileNameWithoutExtension(path));
        source.Programs[program].Flags |= flags;
        LinkedProgram linked = ProgramLinker.Link(source, source.Programs[program]);
        if (source.Types is { } local && linked.CoreRelocations.Length > 0) CoreRelocator.Apply([linked], local, [KernelBtf.Running.Vmlinux]);
        return LinkedInput.From(source, linked, KernelBtf.Running.Vmlinux);
    }
}
