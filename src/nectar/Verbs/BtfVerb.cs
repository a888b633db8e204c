// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Globalization;
using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Cli.Views;
using Nectar.Linux.Inspection;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar btf</c>: types of a kernel, a module or an object, as C.</summary>
internal static class BtfVerb
{
    private const string RunningKernel = "/sys/kernel/btf/vmlinux";
    private static readonly DiagnosticCode s_noTypes = new(6);

    internal static Command Create()
    {
        Argument<string[]> what = new("what") { Description = "A BTF file or an object with BTF (default: the kernel's); or id N, prog PROGRAM, map MAP [key | value | kv | all]", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> splitBase = new("--base") { Description = "The BTF that a module's types are split from (default for /sys/kernel/btf/*: the kernel's)", HelpName = "FILE" };
        Option<string> format = new("--format") { Description = "c (a header, vmlinux.h) or raw (every record, as bpftool prints it)", DefaultValueFactory = _ => "c" };
        format.AcceptOnlyFromAmong("c", "raw");
        Command dump = new("dump", "Print all types as a C header (vmlinux.h)") { what, splitBase, format };
        dump.SetAction(result =>
        {
            (BtfTypes types, uint[] roots) = Named(new Words("nectar btf dump", "[FILE | file FILE | id N | prog PROGRAM | map MAP [key | value | kv | all]] [format c | raw]", result.GetValue(what) ?? []), result.GetValue(splitBase), out string? word);
            using Stream output = Console.OpenStandardOutput();
            bool isRaw = (word ?? result.GetValue(format)) == "raw";
            if (roots.Length > 0 && !isRaw)
            {
                BtfCPrinter printer = new(types, output);
                foreach (uint id in roots) printer.Print(id);
            }
            else if (roots.Length > 0) foreach (uint id in roots) BtfRawPrinter.Print(types, id, output);
            else if (isRaw) BtfRawPrinter.PrintAll(types, output);
            else BtfCPrinter.PrintAll(types, output);
        });

        Argument<string[]> names = new("types") { Description = "Names of structs, unions, enums and typedefs; with --csharp also TYPE:MEMBER,MEMBER.MEMBER", Arity = ArgumentArity.OneOrMore };
        Option<string> from = new("--file") { Description = "A BTF file, or an object with BTF", HelpName = "FILE", DefaultValueFactory = _ => RunningKernel };
        Option<bool> csharp = new("--csharp") { Description = "Print declarations for probes in C#: only what is asked for, by name" };
        Option<bool> layout = new("--layout") { Description = "With --csharp: structs of explicit layout with the bytes of this kernel's, for programs in user space" };
        Option<string> space = new("--namespace") { Description = "With --csharp: the namespace", DefaultValueFactory = _ => "KernelTypes" };
        Command show = new("show", "Print some types, and what they need, as C or C#") { names, from, splitBase, csharp, layout, space };
        show.SetAction(result =>
        {
            BtfTypes types = Read(result.GetValue(from)!, result.GetValue(splitBase));
            string[] words = result.GetValue(names) ?? [];
            if (result.GetValue(csharp) && !result.GetValue(layout))
            {
                result.InvocationConfiguration.Output.Write(BtfKernelTypePrinter.Print(types, words, result.GetValue(space)!));
                return;
            }

            uint[] ids = [.. words.SelectMany(word => word.Split(',', StringSplitOptions.RemoveEmptyEntries)).Select(name => Find(types, name))];
            if (result.GetValue(csharp))
            {
                result.InvocationConfiguration.Output.Write(BtfCSharpPrinter.Print(types, ids, result.GetValue(space)!));
                return;
            }

            using Stream output = Console.OpenStandardOutput();
            BtfCPrinter printer = new(types, output);
            foreach (uint id in ids) printer.Print(id);
        });
        return new Command("btf", "Look at types: of the kernel, of objects, of loaded programs and maps")
        {
            KernelVerb.Create("btf", "list", "Show the type information that lives in the kernel, with the programs and maps that use it", "[id N]", List,
                ("nectar btf list", "the kernel's, modules' and programs' types")),
            dump.WithExamples(
                ("nectar btf dump > vmlinux.h", "the running kernel's types"),
                ("nectar btf dump prog.bpf.o", "an object's types"),
                ("nectar btf dump map name flows value", "what a loaded map holds")),
            show.WithExamples(
                ("nectar btf show sk_buff", "one struct and what it needs"),
                ("nectar btf show --csharp task_struct:pid,tgid,real_parent.tgid", "what a probe uses of two structs, as C#"),
                ("nectar btf show --csharp --layout file path", "as C# with this kernel's layout")),
        };
    }

    private static void List(Words words, VerbOutput output)
    {
        uint? only = words.IsEmpty ? null : words.NextReference("a BTF object") is { Kind: ReferenceKind.Id } reference ? uint.Parse(reference.Text, CultureInfo.InvariantCulture) : throw words.Wrong("BTF is named by id");
        words.End();
        TypesUsers users = TypesUsers.Read();
        Context context = new();
        List<KernelTypes> all = only is { } id ? [KernelTypes.OpenById(id)] : [.. KernelTypes.OpenAll()];
        output.List(all, (types, text) => TypesView.WriteText(types, users, context, text), (types, json) => TypesView.WriteJson(types, users, context, json));
        foreach (KernelTypes types in all) types.Dispose();
    }

    /// <summary>The types that words stand for, and those of them to print; all if there are none.</summary>
    private static (BtfTypes Types, uint[] Roots) Named(Words words, string? splitBase, out string? format)
    {
        BtfTypes types;
        uint[] roots = [];
        if (words.Take("id"))
        {
            using KernelTypes found = KernelTypes.OpenById(words.NextNumber("the id of a BTF object"));
            types = found.Read();
        }
        else if (words.Take("prog"))
        {
            using KernelProgram program = ObjectFinder.Program(words.NextReference("a program"));
            types = KernelTypes.TryRead(program.GetInfo().BtfId) ?? throw new ObjectFormatException(Diagnostic.Error(s_noTypes, $"program '{program.Name}' has no BTF", "help: compile it with -g"));
        }
        else if (words.Take("map"))
        {
            using KernelMap map = ObjectFinder.Map(words.NextReference("a map"));
            MapElements elements = new(map);
            types = elements.Types ?? throw new ObjectFormatException(Diagnostic.Error(s_noTypes, $"map '{map.Name}' has no BTF", "help: declare its key and value by types, and compile with -g"));
            roots = words.Take("key") ? [elements.KeyTypeId] : words.Take("value") ? [elements.ValueTypeId] : words.Take("kv") ? [elements.KeyTypeId, elements.ValueTypeId] : [];
            words.Take("all");
        }
        else
        {
            bool isNamed = words.Take("file");
            types = Read(words.Peek is null or "format" && !isNamed ? RunningKernel : words.Next("a file"), splitBase);
        }

        format = words.Take("format") ? words.Next("c or raw") : null;
        if (format is not (null or "c" or "raw")) throw words.Wrong($"there is no format '{format}'; there are c and raw");
        words.End();
        return (types, roots);
    }

    internal static BtfTypes Read(string path, string? basePath)
    {
        byte[] bytes = Inputs.ReadBytes(path);
        if (bytes is [0x7f, (byte)'E', (byte)'L', (byte)'F', ..])
            return ObjectReader.ReadTypes(bytes) ?? throw new ObjectFormatException(Diagnostic.Error(s_noTypes, $"'{path}' has no .BTF section", "help: compile with -g"));
        bool isModule = path.StartsWith("/sys/kernel/btf/", StringComparison.Ordinal) && path != RunningKernel;
        basePath ??= isModule ? RunningKernel : null;
        return BtfTypes.Parse(bytes, basePath is null ? null : Read(basePath, null));
    }

    private static uint Find(BtfTypes types, string name)
    {
        foreach (BtfKind kind in new[] { BtfKind.Struct, BtfKind.Union, BtfKind.Enum, BtfKind.Enum64, BtfKind.Typedef, BtfKind.Forward })
        {
            if (types.FindByName(name, kind) is var id and not 0) return id;
        }

        throw new ObjectFormatException(Diagnostic.Error(s_noTypes, $"there is no type '{name}'", Suggest(types, name)));
    }

    private static string Suggest(BtfTypes types, string name)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        List<string> similar = [];
        for (uint id = 1; id < types.Count && similar.Count < 5; id++)
        {
            if ((types[id].IsComposite || types[id].Kind == BtfKind.Typedef) && types[id].NameUtf8.IndexOf(wanted) >= 0) similar.Add(types[id].Name);
        }

        return similar.Count == 0 ? "help: names are matched whole and by case" : $"help: there are: {string.Join(", ", similar)}";
    }
}
