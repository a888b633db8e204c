// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Cli.Views;
using Nectar.Linux.Inspection;
using Nectar.Linux.Programs;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar prog</c>: programs of the running kernel.</summary>
internal static class ProgVerb
{
    internal static Command Create() => new("prog", "Programs of the running kernel: list, dump, pin, run, attach")
    {
        KernelVerb.Create("prog", "show", "Show programs: all, or those of an id, name, tag or path", "[id N | name X | tag T | pinned PATH]", Show,
            ("nectar prog list", "all programs of the kernel"),
            ("nectar prog show name block_http --json", "programs of a name, for scripts")).Named("list"),
        ProgDumpVerb.Create(),
        KernelVerb.Create("prog", "pin", "Keep a program by a path in a bpf filesystem", "{id N | name X | tag T | pinned PATH} PATH", Pin,
            ("nectar prog pin name block_http /sys/fs/bpf/block_http", "lives on when its owner ends")),
        ProgLoadVerb.Create("load", "Load an object's first program and pin it", isAll: false),
        ProgLoadVerb.Create("loadall", "Load all programs of an object and pin them in a directory", isAll: true),
        ProgAttachVerb.Attach(),
        ProgAttachVerb.Detach(),
        ProgRunVerb.Create(),
        ProgStatsVerb.Create(),
        ProgTraceLogVerb.Create(),
    };

    private static void Show(Words words, VerbOutput output)
    {
        List<ProgramInfo> programs;
        if (words.IsEmpty)
        {
            programs = [.. ProgramInfo.ReadAll()];
        }
        else
        {
            ObjectReference reference = words.NextReference("a program");
            words.End();
            List<KernelProgram> found = ObjectFinder.Programs(reference);
            programs = [.. found.Select(program => program.GetInfo())];
            foreach (KernelProgram program in found) program.Dispose();
        }

        Context context = new();
        output.List(programs, (program, text) => ProgramView.WriteText(program, context, text), (program, json) => ProgramView.WriteJson(program, context, json));
    }

    private static void Pin(Words words, VerbOutput output)
    {
        using KernelProgram program = ObjectFinder.Program(words.NextReference("a program"));
        string path = words.Next("a path in a bpf filesystem");
        words.End();
        program.Pin(path);
    }
}
