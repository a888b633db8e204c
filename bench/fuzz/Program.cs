// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Elf;
using Nectar.Bpf.Objects;
using Nectar.Tests.Support;

if (args.Length == 0 || (args[0] is not ("elf" or "btf") && !FuzzTargets.Names.Contains(args[0])))
{
    Console.Error.WriteLine("usage: fuzz elf|btf|pcap|asm|classic|program [--runs N] [--seed S] [--time SECONDS]");
    return 2;
}

long runs = Option("--runs", 1_000_000);
int seed = (int)Option("--seed", 1);
TimeSpan time = TimeSpan.FromSeconds(Option("--time", 3600));

bool isObject = args[0] is "elf" or "btf";
List<byte[]> seeds = isObject ? [] : FuzzTargets.Seeds(args[0]);
foreach (string version in Clang.Versions.Where(version => isObject && Clang.Missing(version) is null))
{
    foreach (string source in Directory.GetFiles(Clang.Fixtures, "*.bpf.c").Order(StringComparer.Ordinal))
    {
        foreach (string target in (string[])["bpfel", "bpfeb"]) seeds.Add(Clang.Compile(source, version, $"-g -O2 -target {target} -mcpu=v3"));
        if (source.EndsWith("plain.bpf.c", StringComparison.Ordinal)) seeds.Add(Clang.Compile(source, version, "-O2 -target bpf -mcpu=v2"));
    }
}

if (args[0] == "btf") seeds = [.. seeds.Select(TypeSection).Where(section => section.Length > 0)];
if (seeds.Count == 0)
{
    Console.Error.WriteLine("fuzz: no clang here to make the objects that are mutated");
    return 1;
}

Mutator mutator = new(seeds, seed);
FuzzRun run = new();
System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
run.Run(mutator.Next, args[0] switch { "elf" => ReadObject, "btf" => ReadTypes, _ => input => FuzzTargets.Try(args[0], input) }, runs, time);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"{args[0]}: {run.Runs} inputs from {seeds.Count} files in {watch.Elapsed.TotalSeconds:F0} s, {run.Accepted} accepted, slowest {run.SlowestMs:F1} ms, most memory {run.MostBytes / 1024} KiB, {run.Failures.Count} failures (seed {seed})"));
for (int i = 0; i < run.Failures.Count; i++)
{
    string file = Path.Combine(Path.GetTempPath(), $"nectar-fuzz-{args[0]}-{seed}-{i}");
    File.WriteAllBytes(file, run.Failures[i].Input);
    Console.WriteLine($"{file}: {run.Failures[i].Problem}");
}

return run.Failures.Count == 0 ? 0 : 1;

static bool ReadObject(byte[] input)
{
    if (!ObjectReader.TryRead(input, "fuzz", new DiagnosticBag(), out BpfObject? read)) return false;
    foreach (ProgramDefinition program in read.Programs) ProgramLinker.Link(read, program);
    return true;
}

static bool ReadTypes(byte[] input) => BtfTypes.TryParse(input, null, new DiagnosticBag(), out _);

static byte[] TypeSection(byte[] file)
{
    if (!ElfFile.TryRead(file, new DiagnosticBag(), out ElfFile? elf)) return [];
    foreach (ref readonly ElfSection section in elf.Sections)
    {
        if (section.Name == ".BTF") return elf.Data(section).ToArray();
    }

    return [];
}

long Option(string name, long otherwise)
{
    int at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? long.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
