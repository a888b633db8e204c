// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Text.Json;
using Nectar.Bpf.Objects;
using Nectar.Linux.Inspection;
using Nectar.Linux.Links.Cgroup;
using Nectar.Linux.Programs;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar cgroup</c>: programs of cgroups.</summary>
internal static class CgroupVerb
{
    private const string Header = "ID       AttachType                       AttachFlags     Name";

    internal static Command Create() => new("cgroup", "Programs of cgroups: list, attach, detach")
    {
        KernelVerb.Create("cgroup", "show", "Show the programs of a cgroup", "CGROUP [effective]", Show,
            ("nectar cgroup show /sys/fs/cgroup/system.slice effective", "what applies there, also from above")).Named("list"),
        KernelVerb.Create("cgroup", "tree", "Show all cgroups that have programs", "[CGROUP] [effective]", Tree,
            ("nectar cgroup tree", "from the root on")),
        KernelVerb.Create("cgroup", "attach", "Attach a loaded program to a cgroup; it stays when this command ends", "CGROUP ATTACH_TYPE PROGRAM [multi | override]", Attach,
            ("nectar cgroup attach /sys/fs/cgroup/web cgroup_inet_egress name count multi", "beside others")),
        KernelVerb.Create("cgroup", "detach", "Detach a program of a cgroup", "CGROUP ATTACH_TYPE PROGRAM", Detach,
            ("nectar cgroup detach /sys/fs/cgroup/web cgroup_inet_egress name count", "what 'attach' attached")),
    };

    private static void Show(Words words, VerbOutput output)
    {
        string path = words.Next("a cgroup");
        bool isEffective = words.Take("effective");
        words.End();
        List<CgroupProgram> programs = CgroupPrograms.Of(path, isEffective);
        if (!output.IsJson && programs.Count > 0) output.Text.WriteLine(Header);
        output.List(programs, WriteText, WriteJson);
    }

    private static void Tree(Words words, VerbOutput output)
    {
        string? path = words.IsEmpty || words.Peek == "effective" ? CgroupPaths.Root() : words.Next("a cgroup");
        bool isEffective = words.Take("effective");
        words.End();
        if (path is null) throw words.Wrong("no cgroup2 filesystem is mounted");
        (string Path, List<CgroupProgram> Programs)[] all = [.. CgroupPrograms.Tree(path, isEffective)];
        if (!output.IsJson && all.Length > 0) output.Text.WriteLine("CgroupPath\n" + Header);
        output.List(all, (group, text) =>
        {
            text.WriteLine(group.Path);
            foreach (CgroupProgram program in group.Programs) WriteText(program, text);
        }, (group, json) =>
        {
            json.WriteString("cgroup", group.Path);
            json.WriteStartArray("programs");
            foreach (CgroupProgram program in group.Programs)
            {
                json.WriteStartObject();
                WriteJson(program, json);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private static void Attach(Words words, VerbOutput output)
    {
        string path = words.Next("a cgroup");
        AttachType hook = Hook(words);
        using KernelProgram program = ObjectFinder.Program(words.NextReference("a program"));
        CgroupSharing sharing = words.Take("multi") ? CgroupSharing.Several : words.Take("override") ? CgroupSharing.Override : CgroupSharing.Exclusive;
        words.End();
        CgroupPrograms.Attach(path, hook, program, sharing);
    }

    private static void Detach(Words words, VerbOutput output)
    {
        string path = words.Next("a cgroup");
        AttachType hook = Hook(words);
        using KernelProgram program = ObjectFinder.Program(words.NextReference("a program"));
        words.End();
        CgroupPrograms.Detach(path, hook, program);
    }

    private static AttachType Hook(Words words)
    {
        string name = words.Next("an attach type");
        foreach (string candidate in new[] { name, "cgroup_" + name, "cgroup_inet_" + name, "cgroup_inet4_" + name })
        {
            if (KindNames.TryParse(candidate, out AttachType type) && Cgroups.Hooks.Contains(type)) return type;
        }

        throw words.Wrong($"'{name}' is no attach type of cgroups; there are {string.Join(", ", Cgroups.Hooks.Select(KindNames.Of))}");
    }

    private static void WriteText(CgroupProgram program, TextWriter text) =>
        text.WriteLine(FormattableString.Invariant($"{program.ProgramId,-8} {KindNames.Of(program.Hook),-32} {program.Flags,-15} {program.Name}").TrimEnd());

    private static void WriteJson(CgroupProgram program, Utf8JsonWriter json)
    {
        json.WriteNumber("id", program.ProgramId);
        json.WriteString("attach_type", KindNames.Of(program.Hook));
        json.WriteString("attach_flags", program.Flags);
        json.WriteString("name", program.Name);
    }
}
