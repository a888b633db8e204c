// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Cli.Views;
using Nectar.Linux.Inspection;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar map dump|lookup|update|delete|getnext</c>: elements by key.</summary>
internal static class MapElementVerbs
{
    private const string MapWords = "{id N | name X | pinned PATH}";

    internal static Command Dump() => KernelVerb.Create("map", "dump", "Print all elements of a map, by their types where it has them", MapWords, (words, output) =>
    {
        List<KernelMap> maps = ObjectFinder.Maps(words.NextReference("a map"));
        words.End();
        if (output.IsJson && maps.Count > 1)
        {
            VerbOutput.Json(json =>
            {
                json.WriteStartArray();
                foreach (KernelMap map in maps)
                {
                    MapElements elements = new(map);
                    ElementView view = new(elements);
                    json.WriteStartObject();
                    json.WriteNumber("id", elements.Info.Id);
                    json.WriteString("name", elements.Info.Name);
                    json.WriteStartArray("elements");
                    foreach (MapElement element in elements.All())
                    {
                        json.WriteStartObject();
                        view.WriteJson(element, json);
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
        }
        else
        {
            foreach (KernelMap map in maps)
            {
                MapElements elements = new(map);
                ElementView view = new(elements);
                if (output.IsJson) output.List(elements.All(), (_, _) => { }, view.WriteJson);
                else view.WriteText(elements.All(), output.Text);
            }
        }

        foreach (KernelMap map in maps) map.Dispose();
    },
        ("nectar map dump name flows", "keys and values by their types"),
        ("nectar map dump id 5 --json", "bytes, and formatted values"));

    internal static Command Lookup() => KernelVerb.Create("map", "lookup", "Print one element of a map", $"{MapWords} key [hex] BYTES", (words, output) =>
    {
        using KernelMap map = ObjectFinder.Map(words.NextReference("a map"));
        MapEditor editor = new(map);
        byte[] key = ReadKey(words, map, editor);
        words.End();
        MapElement element = editor.Elements.Lookup(key);
        ElementView view = new(editor.Elements);
        bool isFound = element.Errno != Errno.ENOENT;
        if (output.IsJson)
        {
            VerbOutput.Json(json =>
            {
                if (!isFound)
                {
                    json.WriteNullValue();
                    return;
                }

                json.WriteStartObject();
                view.WriteJson(element, json);
                json.WriteEndObject();
            });
        }
        else if (isFound)
        {
            view.WriteText(element, output.Text);
        }
        else
        {
            output.Text.WriteLine($"key:\n{ElementView.Hex(key)}\n\nNot found");
        }

        return element.Errno == Errno.None ? 0 : 1;
    },
        ("nectar map lookup name counts key 5", "a key that is a number"),
        ("nectar map lookup id 5 key hex 0a 00 00 01", "a key by its bytes"));

    internal static Command Update() => KernelVerb.Create("map", "update", "Set an element of a map", $"{MapWords} key [hex] BYTES value {{[hex] BYTES | prog PROGRAM | map MAP}} [any | exist | noexist]", (words, output) =>
    {
        using KernelMap map = ObjectFinder.Map(words.NextReference("a map"));
        MapEditor editor = new(map);
        byte[] key = ReadKey(words, map, editor);
        if (!words.Take("value")) throw words.Wrong("expected value");
        MapType type = editor.Elements.Info.Type;
        if (type == MapType.ProgArray || words.Peek == "prog")
        {
            words.Take("prog");
            using KernelProgram program = ObjectFinder.Program(words.NextReference("a program"));
            editor.Update(key, program, Flags(words));
        }
        else if (type is MapType.ArrayOfMaps or MapType.HashOfMaps)
        {
            words.Take("map");
            using KernelMap inner = ObjectFinder.Map(words.NextReference("a map"));
            editor.Update(key, inner, Flags(words));
        }
        else
        {
            byte[] value = IsTyped(words) ? new TypedMap(map).ParseValue(words.Next("the value")) : editor.Value(words.NextNumbers("the value's bytes"));
            editor.Update(key, value, Flags(words));
        }
    },
        ("nectar map update name limits key 0 value 1000", "numbers of the map's sizes"),
        ("nectar map update id 5 key hex 01000000 value hex 0a000000 noexist", "bytes, only if the key is new"),
        ("nectar map update name flows key '{address: 1, port: 80}' value '{packets: 5}'", "by the types of the map; members that are left out are zero"),
        ("nectar map update name jumps key 0 value name second", "a program into a prog array"));

    internal static Command Delete() => KernelVerb.Create("map", "delete", "Remove an element of a map", $"{MapWords} key [hex] BYTES", (words, output) =>
    {
        using KernelMap map = ObjectFinder.Map(words.NextReference("a map"));
        MapEditor editor = new(map);
        byte[] key = ReadKey(words, map, editor);
        words.End();
        editor.Delete(key);
    },
        ("nectar map delete name flows key hex 0a0000010050 0000", "by bytes"));

    internal static Command GetNext() => KernelVerb.Create("map", "getnext", "Print the key behind a key, or the first", $"{MapWords} [key [hex] BYTES]", (words, output) =>
    {
        using KernelMap map = ObjectFinder.Map(words.NextReference("a map"));
        MapEditor editor = new(map);
        byte[]? key = words.IsEmpty ? null : ReadKey(words, map, editor);
        words.End();
        byte[]? next = editor.NextKey(key);
        if (output.IsJson)
        {
            VerbOutput.Json(json =>
            {
                json.WriteStartObject();
                if (key is null) json.WriteNull("key");
                else TranslatedView.WriteBytes(json, "key", key);
                if (next is null) json.WriteNull("next_key");
                else TranslatedView.WriteBytes(json, "next_key", next);
                json.WriteEndObject();
            });
        }
        else
        {
            output.Text.WriteLine($"key: {(key is null ? "None" : ElementView.Hex(key))}\nnext key: {(next is null ? "None" : ElementView.Hex(next))}");
        }

        return next is null ? 1 : 0;
    },
        ("nectar map getnext name flows", "the first key"));

    private static byte[] ReadKey(Words words, KernelMap map, MapEditor editor)
    {
        if (!words.Take("key")) throw words.Wrong("expected key");
        return IsTyped(words) ? new TypedMap(map).ParseKey(words.Next("the key")) : editor.Key(words.NextNumbers("the key's bytes"));
    }

    /// <summary>True for what is written as <c>dump</c> prints it: <c>{port: 80}</c>, <c>[1, 2]</c>, <c>"sh"</c>.</summary>
    private static bool IsTyped(Words words) => words.Peek is ['{' or '[' or '"', ..];

    private static MapUpdateFlags Flags(Words words)
    {
        MapUpdateFlags flags = words.Take("noexist") ? MapUpdateFlags.NoExist : words.Take("exist") ? MapUpdateFlags.Exist : MapUpdateFlags.Any;
        words.Take("any");
        words.End();
        return flags;
    }
}
