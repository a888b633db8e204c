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
}
