// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar btf</c>: types of a kernel, a module or an object, as C.</summary>
internal static class BtfVerb
{
    private const string RunningKernel = "/sys/kernel/btf/vmlinux";
    private static readonly DiagnosticCode s_noTypes = new(6);

    internal static Command Create()
    {
        Argument<string> file = new("file") { Description = "A BTF file, or an object with BTF", DefaultValueFactory = _ => RunningKernel };
        Option<string?> splitBase = new("--base") { Description = "The BTF that a module's types are split from (default for /sys/kernel/btf/*: the kernel's)", HelpName = "FILE" };
        Option<string> format = new("--format") { Description = "c (a header, vmlinux.h) or raw (every record, as bpftool prints it)", DefaultValueFactory = _ => "c" };
        format.AcceptOnlyFromAmong("c", "raw");
        Command dump = new("dump", "Print all types as a C header (vmlinux.h)") { file, splitBase, format };
        dump.SetAction(result =>
        {
            BtfTypes types = Read(result.GetValue(file)!, result.GetValue(splitBase));
            using Stream output = Console.OpenStandardOutput();
            if (result.GetValue(format) == "raw") BtfRawPrinter.PrintAll(types, output);
            else BtfCPrinter.PrintAll(types, output);
        });

        Argument<string[]> names = new("types") { Description = "Names of structs, unions, enums and typedefs", Arity = ArgumentArity.OneOrMore };
        Option<string> from = new("--file") { Description = "A BTF file, or an object with BTF", HelpName = "FILE", DefaultValueFactory = _ => RunningKernel };
        Option<bool> csharp = new("--csharp") { Description = "Print blittable C# structs instead of C" };
        Option<string> space = new("--namespace") { Description = "With --csharp: the namespace", DefaultValueFactory = _ => "KernelTypes" };
        Command show = new("show", "Print some types, and what they need, as C or C#") { names, from, splitBase, csharp, space };
        show.SetAction(result =>
        {
            BtfTypes types = Read(result.GetValue(from)!, result.GetValue(splitBase));
            uint[] ids = [.. (result.GetValue(names) ?? []).Select(name => Find(types, name))];
            if (result.GetValue(csharp))
            {
                result.InvocationConfiguration.Output.Write(BtfCSharpPrinter.Print(types, ids, result.GetValue(space)!));
                return;
            }

            using Stream output = Console.OpenStandardOutput();
            BtfCPrinter printer = new(types, output);
            foreach (uint id in ids) printer.Print(id);
        });
        return new Command("btf", "Look at types")
        {
            dump.WithExamples(
                ("nectar btf dump > vmlinux.h", "the running kernel's types"),
                ("nectar btf dump prog.bpf.o", "an object's types")),
            show.WithExamples(
                ("nectar btf show sk_buff", "one struct and what it needs"),
                ("nectar btf show --csharp file path", "as C#, with the kernel's layout")),
        };
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
