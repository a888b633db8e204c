// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Cli.Views;
using Nectar.Linux.Inspection;
using Nectar.Linux.Maps;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar struct-ops</c>: tables of functions that programs offer to the kernel.</summary>
internal static class StructOpsVerb
{
    internal static Command Create() => new Command("struct-ops", "Tables of functions that programs offer to the kernel: list, dump, unregister")
    {
        KernelVerb.Create("struct-ops", "show", "Show struct_ops maps", "[id N | name X]", (words, output) =>
        {
            ObjectReference? reference = words.IsEmpty ? null : words.NextReference("a struct_ops map");
            words.End();
            output.List(StructOpsMaps.Find(reference), (map, text) => text.WriteLine(FormattableString.Invariant($"{map.Id}: {map.Name,-15} {StructOpsMaps.StructName(map)}")), (map, json) =>
            {
                json.WriteNumber("id", map.Id);
                json.WriteString("name", map.Name);
                json.WriteString("kernel_struct_ops", StructOpsMaps.StructName(map));
            });
        }, ("nectar struct-ops list", "all of them")).Named("list"),
        KernelVerb.Create("struct-ops", "dump", "Print the contents of struct_ops maps, with their state", "[id N | name X]", (words, output) =>
        {
            ObjectReference? reference = words.IsEmpty ? null : words.NextReference("a struct_ops map");
            words.End();
            foreach (MapInfo info in StructOpsMaps.Find(reference))
            {
                using KernelMap map = KernelMap.OpenById(info.Id);
                MapElements elements = new(map);
                ElementView view = new(elements);
                MapElement element = elements.Lookup(new byte[4]);
                if (output.IsJson) output.List([element], (_, _) => { }, view.WriteJson);
                else view.WriteText(element, output.Text);
            }
        }, ("nectar struct-ops dump id 5", "one of them")),
        KernelVerb.Create("struct-ops", "unregister", "Take a table back that was registered without a link", "{id N | name X}", (words, output) =>
        {
            ObjectReference reference = words.NextReference("a struct_ops map");
            words.End();
            foreach (MapInfo map in StructOpsMaps.Find(reference))
            {
                StructOpsMaps.Unregister(map.Id);
                output.Text.WriteLine(FormattableString.Invariant($"Unregistered {StructOpsMaps.StructName(map)} {map.Name} id {map.Id}"));
            }
        }, ("nectar struct-ops unregister name my_cong", "what a crashed program left behind")),
    }.Named("struct_ops");
}
