// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Bpf.Objects;
using Nectar.Linux.Inspection;
using Nectar.Linux.Maps;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar map create</c>: a new map, pinned.</summary>
internal static class MapCreateVerb
{
    internal static Command Create() => KernelVerb.Create("map", "create", "Make a map and pin it", "PATH type TYPE key BYTES value BYTES entries N name NAME [flags F] [inner_map MAP]", Run,
        ("nectar map create /sys/fs/bpf/counts type hash key 4 value 8 entries 1024 name counts", "a hash map"));

    private static void Run(Words words, VerbOutput output)
    {
        string path = words.Next("a path in a bpf filesystem");
        MapDefinition definition = new() { Name = "", Type = MapType.Unspec };
        ObjectReference? inner = null;
        while (!words.IsEmpty)
        {
            if (words.Take("type"))
            {
                string name = words.Next("a kind of map");
                definition.Type = KindNames.TryParse(name, out MapType type) && type != MapType.Unspec ? type : throw words.Wrong($"there is no kind of map '{name}'; there are {string.Join(", ", KindNames.Maps.Skip(1))}");
            }
            else if (words.Take("name")) definition.Name = words.Next("a name");
            else if (words.Take("key")) definition.KeySize = words.NextNumber("bytes of a key");
            else if (words.Take("value")) definition.ValueSize = words.NextNumber("bytes of a value");
            else if (words.Take("entries")) definition.MaxEntries = words.NextNumber("a count of elements");
            else if (words.Take("flags")) definition.Flags = (MapFlags)words.NextNumber("creation flags");
            else if (words.Take("inner_map")) inner = words.NextReference("a map");
            else words.End();
        }

        if (definition.Type == MapType.Unspec) throw words.Wrong("expected type TYPE");
        if (definition.Name.Length == 0) throw words.Wrong("expected name NAME");
        using KernelMap? template = inner is { } reference ? ObjectFinder.Map(reference) : null;
        using KernelMap map = KernelMap.Create(definition, new KernelMapOptions { InnerMap = template?.Handle });
        map.Pin(path);
    }
}
