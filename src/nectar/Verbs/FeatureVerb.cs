// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Cli.Views;
using Nectar.Linux.Inspection;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar feature</c>: what the running kernel has.</summary>
internal static class FeatureVerb
{
    internal static Command Create() => new("feature", "What this kernel has, and which kernel has what it has not")
    {
        KernelVerb.Create("feature", "probe", "Ask the kernel for kinds of programs, maps, helpers and features", "[kernel] [full] [macros [prefix PREFIX]]", Probe,
            ("nectar feature probe", "everything, with the first kernel of what is missing"),
            ("nectar feature probe macros prefix BPF_", "as a C header")),
        KernelVerb.Create("feature", "list_builtins", "List what this command knows", "{prog_types | map_types | attach_types | link_types | helpers}", (words, output) =>
        {
            string group = words.Next("a group");
            words.End();
            IReadOnlyList<string> names = FeatureReport.Builtins(group) ?? throw words.Wrong($"there is no group '{group}'");
            if (!output.IsJson)
            {
                foreach (string name in names) output.Text.WriteLine(name);
                return;
            }

            VerbOutput.Json(json =>
            {
                json.WriteStartArray();
                foreach (string name in names) json.WriteStringValue(name);
                json.WriteEndArray();
            });
        }, ("nectar feature list_builtins map_types", "for scripts")).Named("list-builtins"),
    };

    private static void Probe(Words words, VerbOutput output)
    {
        bool isFull = false, isMacros = false;
        string prefix = "";
        while (!words.IsEmpty)
        {
            if (words.Take("kernel")) continue;
            if (words.Take("full")) isFull = true;
            else if (words.Take("macros")) isMacros = true;
            else if (words.Take("prefix")) prefix = words.Next("a prefix");
            else words.End();
        }

        FeatureReport report = FeatureReport.Probe(isFull);
        if (isMacros) FeatureView.WriteMacros(report, prefix, output.Text);
        else if (output.IsJson) VerbOutput.Json(json => FeatureView.WriteJson(report, json));
        else FeatureView.WriteText(report, output.Text);
    }
}
