// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Cli.Views;
using Nectar.Linux.Inspection;
using Nectar.Linux.Maps;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar map</c>: maps of the running kernel.</summary>
internal static class MapVerb
{
    internal static Command Create() => new("map", "Maps of the running kernel: list, dump, look up, change")
    {
        KernelVerb.Create("map", "show", "Show maps: all, or those of an id, name or path", "[id N | name X | pinned PATH]", Show,
            ("nectar map list", "all maps of the kernel")).Named("list"),
        MapElementVerbs.Dump(),
        MapElementVerbs.Lookup(),
        MapElementVerbs.Update(),
        MapElementVerbs.Delete(),
        MapElementVerbs.GetNext(),
        MapCreateVerb.Create(),
        MapEventPipeVerb.Create(),
        KernelVerb.Create("map", "pin", "Keep a map by a path in a bpf filesystem", "{id N | name X | pinned PATH} PATH", Pin,
            ("nectar map pin name flows /sys/fs/bpf/flows", "lives on when its owner ends")),
        KernelVerb.Create("map", "freeze", "Take the right to write a map away from user space, for good", "{id N | name X | pinned PATH}", Freeze,
            ("nectar map freeze id 5", "programs can still write it")),
        MapQueueVerbs.Next("peek", "Show the next value of a queue or stack", remove: false),
        MapQueueVerbs.Next("pop", "Take the newest value out of a stack", remove: true),
        MapQueueVerbs.Next("dequeue", "Take the oldest value out of a queue", remove: true),
        MapQueueVerbs.Push("push", "Put a value onto a stack"),
        MapQueueVerbs.Push("enqueue", "Put a value into a queue, or a bloom filter"),
    };

    private static void Show(Words words, VerbOutput output)
    {
        List<MapInfo> maps;
        if (words.IsEmpty)
        {
            maps = [.. MapInfo.ReadAll()];
        }
        else
        {
            ObjectReference reference = words.NextReference("a map");
            words.End();
            List<KernelMap> found = ObjectFinder.Maps(reference);
            maps = [.. found.Select(map => map.GetInfo())];
            foreach (KernelMap map in found) map.Dispose();
        }

        Context context = new();
        output.List(maps, (map, text) => MapView.WriteText(map, context, text), (map, json) => MapView.WriteJson(map, context, json));
    }

    private static void Pin(Words words, VerbOutput output)
    {
        using KernelMap map = ObjectFinder.Map(words.NextReference("a map"));
        string path = words.Next("a path in a bpf filesystem");
        words.End();
        map.Pin(path);
    }

    private static void Freeze(Words words, VerbOutput output)
    {
        using KernelMap map = ObjectFinder.Map(words.NextReference("a map"));
        words.End();
        new MapEditor(map).Freeze();
    }
}
