// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Linux.Inspection;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar prog load|loadall</c>: objects into the kernel, kept by pins.</summary>
internal static class ProgLoadVerb
{
    internal static Command Create(string name, string description, bool isAll) => KernelVerb.Create("prog", name, description,
        "OBJECT PATH [type TYPE] [map {idx N | name X} MAP]… [pinmaps DIRECTORY] [dev INTERFACE] [autoattach]", (words, output) => Run(words, isAll),
        isAll ? ("nectar prog loadall filters.bpf.o /sys/fs/bpf/filters pinmaps /sys/fs/bpf/maps", "all programs and maps") : ("nectar prog load filter.bpf.o /sys/fs/bpf/filter", "one program"));

    private static void Run(Words words, bool isAll)
    {
        string file = words.Next("an object");
        string path = words.Next("a path in a bpf filesystem");
        PinnedLoad load = new(Inputs.ReadObject(file), path, isAll);
        while (!words.IsEmpty)
        {
            if (words.Take("type")) load.SetType(words.Next("a section name that implies the type"));
            else if (words.Take("pinmaps")) load.MapDirectory = words.Next("a directory in a bpf filesystem");
            else if (words.Take("dev") || words.Take("offload_dev") || words.Take("xdpmeta_dev")) load.InterfaceName = words.Next("an interface");
            else if (words.Take("autoattach")) load.IsAttached = true;
            else if (words.Take("map"))
            {
                bool isIndex = words.Take("idx");
                if (!isIndex && !words.Take("name")) throw words.Wrong("expected idx or name");
                string which = words.Next(isIndex ? "a map's index in the object" : "a map's name in the object");
                load.Reuse(which, isIndex, words.NextReference("a map"));
            }
            else words.End();
        }

        load.Run();
    }
}
