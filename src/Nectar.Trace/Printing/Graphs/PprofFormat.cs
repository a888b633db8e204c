// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.IO.Compression;
using Nectar.Trace.Runtime.Recording;
using Nectar.Trace.Values;

namespace Nectar.Trace.Printing.Graphs;

/// <summary>Stacks as a profile of pprof: a compressed message of <c>profile.proto</c>. Keys beside the stack are labels.</summary>
internal sealed class PprofFormat
{
    private readonly Dictionary<string, ulong> _strings = new() { [""] = 0 };
    private readonly Dictionary<(string Name, string Module), ulong> _functions = [];
    private readonly Dictionary<(ulong Address, string Name, string Module), ulong> _locations = [];
    private readonly Dictionary<string, ulong> _mappings = [];
    private readonly EntryWriter _samples = new(), _mappingText = new(), _locationText = new(), _functionText = new();

    private PprofFormat()
    {
    }

    /// <summary>The file's content.</summary>
    public static byte[] Make(IEnumerable<MapResult> maps)
    {
        PprofFormat format = new();
        foreach (MapResult map in maps)
        {
            foreach (StackSample sample in StackSamples.Of(map)) format.Add(map.Name, sample);
        }

        MemoryStream file = new();
        using (GZipStream compressed = new(file, CompressionLevel.Optimal, leaveOpen: true)) compressed.Write(format.Profile());
        return file.ToArray();
    }

    private byte[] Profile()
    {
        EntryWriter all = new();
        EntryWriter type = new();
        Varint(type, 1, String("samples"));
        Varint(type, 2, String("count"));
        Message(all, 1, type);
        all.Buffer.Append(_samples.Buffer.Written);
        all.Buffer.Append(_mappingText.Buffer.Written);
        all.Buffer.Append(_locationText.Buffer.Written);
        all.Buffer.Append(_functionText.Buffer.Written);
        ulong now = TimeText.Now;
        foreach (string text in _strings.Keys) // in the order of their numbers: nothing is ever removed
        {
            Key(all, 6, 2);
            all.Text(text);
        }

        Varint(all, 9, now);
        return all.Buffer.Written.ToArray();
    }

    private void Add(string map, in StackSample sample)
    {
        EntryWriter message = new();
        for (int i = sample.Frames.Count; i-- > 0;) // the innermost first
        {
            if (sample.Frames[i].Kind != SampleKind.Label) Varint(message, 1, Location(sample.Frames[i]));
        }

        Varint(message, 2, sample.Count);
        Label(message, "map", map);
        int number = 0;
        foreach (SampleFrame frame in sample.Frames)
        {
            if (frame.Kind == SampleKind.Label) Label(message, number++ == 0 ? "key" : $"key{number}", frame.Name);
        }

        Message(_samples, 2, message);
    }

    private void Label(EntryWriter to, string key, string value)
    {
        EntryWriter label = new();
        Varint(label, 1, String(key));
        Varint(label, 2, String(value));
        Message(to, 3, label);
    }

    private ulong Location(in SampleFrame frame)
    {
        if (_locations.TryGetValue((frame.Address, frame.Name, frame.Module), out ulong id)) return id;
        id = (ulong)_locations.Count + 1;
        _locations.Add((frame.Address, frame.Name, frame.Module), id);
        EntryWriter line = new();
        Varint(line, 1, Function(frame));
        EntryWriter message = new();
        Varint(message, 1, id);
        Varint(message, 2, Mapping(frame.Module));
        Varint(message, 3, frame.Address);
        Message(message, 4, line);
        Message(_locationText, 4, message);
        return id;
    }

    private ulong Function(in SampleFrame frame)
    {
        if (_functions.TryGetValue((frame.Name, frame.Module), out ulong id)) return id;
        id = (ulong)_functions.Count + 1;
        _functions.Add((frame.Name, frame.Module), id);
        EntryWriter message = new();
        Varint(message, 1, id);
        Varint(message, 2, String(frame.Name));
        Varint(message, 3, String(frame.Name));
        Message(_functionText, 5, message);
        return id;
    }

    private ulong Mapping(string module)
    {
        if (_mappings.TryGetValue(module, out ulong id)) return id;
        id = (ulong)_mappings.Count + 1;
        _mappings.Add(module, id);
        EntryWriter message = new();
        Varint(message, 1, id);
        Varint(message, 5, String(module));
        Varint(message, 7, 1); // has_functions: nobody has to look them up again
        Message(_mappingText, 3, message);
        return id;
    }

    private ulong String(string text)
    {
        if (_strings.TryGetValue(text, out ulong id)) return id;
        id = (ulong)_strings.Count;
        _strings.Add(text, id);
        return id;
    }

    private static void Key(EntryWriter to, uint field, uint wire) => to.Number((field << 3) | wire);

    private static void Varint(EntryWriter to, uint field, ulong value)
    {
        Key(to, field, 0);
        to.Number(value);
    }

    private static void Message(EntryWriter to, uint field, EntryWriter message)
    {
        Key(to, field, 2);
        to.Bytes(message.Buffer.Written);
    }
}
