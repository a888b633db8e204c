// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Build;
using Nectar.Build.Sources;
using Nectar.Cli.Tracing;
using Nectar.Compiler;
using Nectar.Linux.Loading;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar build</c>: probes in C# to objects.</summary>
internal static class BuildVerb
{
    internal static Command Create()
    {
        Argument<string> input = new("input") { Description = "A C# file, a project or its folder, an assembly, or a script (.bt)" };
        Option<string?> output = new("--output", "-o") { Description = "The object's file; a folder where there are several (default: NAME.bpf.o beside the project's or the given assembly, for a C# file or a script here)", HelpName = "FILE" };
        Option<string> cpu = new("--cpu") { Description = "The instruction set's version", HelpName = "v1|v2|v3|v4", DefaultValueFactory = _ => "v3" };
        cpu.AcceptOnlyFromAmong("v1", "v2", "v3", "v4");
        Option<string?> kernel = new("--kernel", "-k") { Description = "The oldest kernel that shall load it (default: the newest known)", HelpName = "VERSION" };
        kernel.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !KernelVersion.TryParse(text, out _)) result.AddError($"--kernel: '{text}' is no version; 5.15, 6.1");
        });
        Option<string?> dump = new("--dump") { Description = "Print the intermediate representation behind this pass; front: before the first; all: behind each", HelpName = "PASS" };
        Option<bool> unverified = new("--no-verify") { Description = "Do not verify the programs" };
        Argument<string[]> parameters = new("parameters") { Description = "Of a script: $1, $2 …", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> isUnsafe = new("--unsafe") { Description = "Of a script: functions that change the system" };
        Option<bool> strict = new("--strict") { Description = "Of a script: numbers as in C#" };
        Option<bool> quiet = new("--quiet", "-q") { Description = "Print nothing but problems" };
        Command command = new("build", "Compile probes in C#, or a script in bpftrace's language, to BPF objects") { input, parameters, output, cpu, kernel, dump, unverified, isUnsafe, strict, quiet };
        command.SetAction(result =>
        {
            string path = result.GetValue(input)!;
            TextWriter text = result.InvocationConfiguration.Output;
            BuildOptions options = BuildOptions.Parse(result.GetValue(cpu), result.GetValue(kernel)) with
            {
                Verify = !result.GetValue(unverified),
                DumpAfter = result.GetValue(dump),
                DumpSink = text.WriteLine,
                KernelTypes = static () => KernelBtf.Running.TryVmlinux,
            };
            if (ScriptBuild.IsScript(path))
                return ScriptBuild.Run(path, result.GetValue(output), result.GetValue(parameters) ?? [], options, new ScriptBuildOptions(result.GetValue(isUnsafe), result.GetValue(strict), result.GetValue(quiet)), text);
            ProbeBuild build = ProbeBuild.Open(path, options, out CompiledProbes source);
            foreach (Diagnostic warning in source.Warnings.Concat(build.Diagnostics)) Output.Problem(warning);
            string[] files = Write(build, source, path, result.GetValue(output));
            if (!result.GetValue(quiet)) Report(build, source, files, text);
            return 0;
        });
        return command.WithExamples(
            ("nectar build samples/BlockHttp.cs", "block_http as an object in this folder"),
            ("nectar build tools/biolatency.bt", "biolatency.bpf.o, which 'nectar trace biolatency.bpf.o' runs without a compiler"),
            ("nectar build . -o probes.bpf.o --kernel 6.1", "the project here, for kernels from 6.1 on"),
            ("nectar build bin/Release/net10.0/App.dll", "the probes of an assembly, beside it"),
            ("nectar build probe.cs --dump Promote", "what the compiler made of it behind a pass"));
    }

    private static string[] Write(ProbeBuild build, CompiledProbes source, string input, string? output)
    {
        bool isFile = output is not null && build.Objects.Length == 1 && !Directory.Exists(output);
        if (isFile) return [ProbeBuild.Write(build.Objects[0], output!)];
        bool isSource = input.EndsWith(".cs", StringComparison.OrdinalIgnoreCase); // its assembly is in a cache
        return build.Write(output ?? (isSource ? "." : Path.GetDirectoryName(source.Assembly) is { Length: > 0 } folder ? folder : "."), source.Name);
    }

    private static void Report(ProbeBuild build, CompiledProbes source, string[] files, TextWriter text)
    {
        for (int i = 0; i < files.Length; i++)
        {
            text.WriteLine($"{build.Objects[i].Class}: {Path.GetRelativePath(Environment.CurrentDirectory, files[i])}");
            foreach (ProgramStatistics program in build.Objects[i].Programs)
            {
                string verified = program.Unverified is { } reason ? $"; not verified: {reason}" : program.Processed > 0 ? FormattableString.Invariant($", the verifier walks {program.Processed:N0}") : "";
                text.WriteLine(FormattableString.Invariant($"  {program.Name,-24} {program.Section,-32} {program.Instructions,5:N0} instructions, {program.StackBytes} bytes of stack{verified}"));
            }
        }

        string csharp = source.Elapsed > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $"C# {source.Elapsed.TotalSeconds:F1} s, ") : "";
        text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{csharp}BPF {build.Elapsed.TotalMilliseconds:F0} ms"));
    }
}
