// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Bpf.Objects;
using Nectar.Linux.Inspection;
using Nectar.Linux.Links.Tracing;
using Nectar.Linux.Loading;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar iter</c>: programs that walk over the kernel's objects and write text.</summary>
internal static class IterVerb
{
    internal static Command Create()
    {
        Argument<string> file = new("object") { Description = "An object or assembly text with an iterator program" };
        Argument<string?> name = new("program") { Description = "Which program (default: the only one)", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> map = new("--map") { Description = "For iterators over a map: its id, name or path", HelpName = "MAP" };
        Option<int> pid = new("--pid") { Description = "For iterators over tasks: only this process", HelpName = "PID" };
        Option<string?> cgroup = new("--cgroup") { Description = "For iterators over cgroups: where to begin", HelpName = "PATH" };
        Command command = new("iter", "Load an iterator program and print what it writes; pin it to read it as a file") { file, name, map, pid, cgroup };
        command.SetAction(result =>
        {
            using KernelMap? walked = result.GetValue(map) is { } reference ? ObjectFinder.Map(ObjectReference.Parse(reference)) : null;
            using KernelObject loaded = Load(result.GetValue(file)!, result.GetValue(name), out KernelProgram program);
            using IteratorLink link = IteratorLink.Attach(program, new IteratorOptions { Map = walked?.Handle, ProcessId = result.GetValue(pid), CgroupPath = result.GetValue(cgroup) });
            using IteratorStream stream = link.Open();
            using Stream output = Console.OpenStandardOutput();
            stream.CopyTo(output);
        });
        command.Add(KernelVerb.Create("iter", "pin", "Load an iterator program and pin it: reading the path runs it", "OBJECT PATH [map MAP]", (words, _) =>
        {
            string source = words.Next("an object"), path = words.Next("a path in a bpf filesystem");
            using KernelMap? walked = words.Take("map") ? ObjectFinder.Map(words.NextReference("a map")) : null;
            words.End();
            using KernelObject loaded = Load(source, null, out KernelProgram program);
            using IteratorLink link = IteratorLink.Attach(program, new IteratorOptions { Map = walked?.Handle });
            link.Pin(path);
        }, ("nectar iter pin tasks.bpf.o /sys/fs/bpf/tasks && cat /sys/fs/bpf/tasks", "a file that lists tasks")));
        return command.WithExamples(
            ("nectar iter tasks.bpf.o", "run it once and print"),
            ("nectar iter elements.bpf.o --map flows", "over the elements of a map"));
    }

    private static KernelObject Load(string path, string? name, out KernelProgram program)
    {
        BpfObject source = Inputs.ReadObject(path);
        ProgramDefinition chosen = name is null && source.Programs.Where(p => p.ExpectedAttachType == AttachType.TraceIter).ToArray() is [ProgramDefinition only] ? only : Inputs.FindProgram(source, name);
        KernelObject loaded = KernelObject.Load(source, new KernelLoadOptions { Programs = [chosen.Name] });
        program = loaded.Programs[chosen.Name];
        return loaded;
    }
}
