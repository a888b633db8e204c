// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;

namespace Nectar.VerifierCorpus;

/// <summary>Loads that the recorder wrote, with the maps and types that they name.</summary>
internal sealed class RecordedLoads
{
    private readonly Dictionary<uint, JsonElement> _maps = [];
    private readonly Dictionary<uint, JsonElement> _types = [];
    private readonly List<JsonElement> _loads = [];

    internal RecordedLoads(string path)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string text in File.ReadLines(path))
        {
            JsonElement line = JsonDocument.Parse(text).RootElement;
            switch (line.GetProperty("kind").GetString())
            {
                case "map":
                    _maps[line.GetProperty("id").GetUInt32()] = line;
                    break;
                case "btf":
                    _types[line.GetProperty("id").GetUInt32()] = line;
                    break;
                default:
                    if (seen.Add(Content(line))) _loads.Add(line);
                    break;
            }
        }
    }

    internal IReadOnlyDictionary<uint, JsonElement> Maps => _maps;

    internal IReadOnlyDictionary<uint, JsonElement> Types => _types;

    /// <summary>The loads, each program once.</summary>
    internal IEnumerable<CorpusCase> Cases(string corpus)
    {
        int number = 0;
        foreach (JsonElement load in _loads)
        {
            string label = load.GetProperty("label").GetString()!.Trim();
            string name = load.GetProperty("name").GetString()!;
            string process = load.GetProperty("process").GetString()!;
            number++;
            KernelVerdict kernel = KernelVerdict.Read(load);
            if (kernel.IsForbiddenHere) continue;
            yield return new CorpusCase(corpus, label.Length > 0 ? $"{label} [{number}]" : $"{process} {name} [{number}]", kernel, () => new RecordedInput(this, load).Make(name.Length > 0 ? name : "main"));
        }
    }

    /// <summary>What makes a load another one: the case that it is for does not.</summary>
    private static string Content(JsonElement load) => string.Join('|', ((string[])["type", "attach", "flags", "attachId", "license", "code", "functions", "btf", "descriptors"]).Select(name =>
        load.GetProperty(name).ToString()));
}
