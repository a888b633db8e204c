// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Cli.Views;
using Nectar.Linux.Inspection;
using Nectar.Linux.Maps;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar map peek|push|pop|enqueue|dequeue</c>: queues and stacks, which have no keys.</summary>
internal static class MapQueueVerbs
{
    internal static Command Next(string name, string description, bool remove) => KernelVerb.Create("map", name, description, "{id N | name X | pinned PATH}", (words, output) =>
    {
        using KernelMap map = ObjectFinder.Map(words.NextReference("a map"));
        words.End();
        MapEditor editor = new(map);
        byte[]? value = editor.Next(remove);
        ElementView view = new(editor.Elements);
        if (output.IsJson)
        {
            VerbOutput.Json(json =>
            {
                json.WriteStartObject();
                if (value is not null) view.WriteJson(new MapElement([], [value], Bpf.Maps.Errno.None), json);
                json.WriteEndObject();
            });
        }
        else if (value is null)
        {
            output.Text.WriteLine("Error: empty map");
        }
        else
        {
            view.WriteText(new MapElement([], [value], Bpf.Maps.Errno.None), output.Text);
        }

        return value is null ? 1 : 0;
    });

    internal static Command Push(string name, string description) => KernelVerb.Create("map", name, description, "{id N | name X | pinned PATH} value [hex] BYTES", (words, output) =>
    {
        using KernelMap map = ObjectFinder.Map(words.NextReference("a map"));
        if (!words.Take("value")) throw words.Wrong("expected value");
        MapEditor editor = new(map);
        byte[] value = editor.Value(words.NextNumbers("the value's bytes"));
        words.End();
        editor.Push(value);
    }, ($"nectar map {name} name waiting value 7", "a number of the value's size"));
}
