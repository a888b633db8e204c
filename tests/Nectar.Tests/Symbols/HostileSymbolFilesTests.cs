// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Linux.Symbols.Dwarf;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Libraries;
using Nectar.Linux.Symbols.Processes;
using Nectar.Linux.Symbols.Usdt;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Symbols;

/// <summary>Damaged and hostile files: an answer or a diagnostic, never a failure, in bounded time and memory.</summary>
public sealed class HostileSymbolFilesTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(8);

    private static void Run(Func<byte[]> next, Func<byte[], bool> read)
    {
        FuzzRun run = new();
        run.Run(next, read, 4000, s_limit);
        Assert.Empty(run.Failures.Select(failure => failure.Problem));
        Assert.True(run.Runs > 50, $"{run.Runs}");
    }

    [ToolFact("gcc")]
    public void ElfFiles_Symbols_AndProbes()
    {
        Mutator mutator = new([File.ReadAllBytes(NativeFixture.Versions()), File.ReadAllBytes(NativeFixture.Probes("-no-pie"))], seed: 1);
        Run(mutator.Next, input =>
        {
            if (!ElfImage.TryRead(input, "fuzz", out ElfImage? image, out _)) return false;
            using (image)
            {
                ElfSymbols symbols = ElfSymbols.Load(image, "/nonexistent");
                for (int i = 0; i < symbols.Count; i++) symbols.TryFind(symbols[i].Address + 1, out _, out _);
                symbols.Find("f@VER_1");
                bool good = UsdtNotes.TryRead(image, out List<UsdtNote> notes, out _);
                foreach (UsdtNote note in notes) note.TryParseArguments(out _, out _);
                return good && image.BuildId.Length >= 0;
            }
        });
    }

    [ToolFact("gcc", "clang-19")]
    public void DebugInformation()
    {
        const string Source = "struct s { int a; char b[3]; struct s *n; unsigned c : 4; }; enum e { A, B }; static inline int h(struct s *p) { return p->a; }\n__attribute__((noinline)) int f(struct s *p, enum e x, ...) { return h(p) + x; }\nint main(void) { struct s v = { 1 }; return f(&v, B); }\n";
        byte[][] seeds = [.. new[] { "gcc -gdwarf-5 -O2", "gcc -gdwarf-4 -O1", "clang-19 -gdwarf-5 -O1" }.Select(compile => File.ReadAllBytes(NativeFixture.Build("info", $"{compile} a.c -o info", ("a.c", Source))))];
        (int Start, int Length)[] sections = [.. seeds.Select(Debug)];
        Random random = new(2);
        Run(
            () =>
            {
                int which = random.Next(seeds.Length);
                byte[] input = (byte[])seeds[which].Clone();
                for (int edits = random.Next(1, 8); edits > 0; edits--) input[sections[which].Start + random.Next(sections[which].Length)] = random.Next(3) switch { 0 => 0xff, 1 => (byte)random.Next(256), _ => (byte)random.Next(0x40) };
                return input;
            },
            input =>
            {
                string path = Path.Combine(Path.GetTempPath(), $"nectar-dwarf-{Environment.ProcessId}");
                File.WriteAllBytes(path, input);
                if (!DwarfInfo.TryLoad(path, out DwarfInfo? info, out _)) return false;
                foreach (string name in new[] { "f", "main", "h" })
                {
                    foreach (DwarfFunction function in info.FindFunctions(name))
                    {
                        info.TryFindLine(function.Address, out _, out _);
                        foreach (DwarfParameter parameter in function.Parameters) Walk(parameter.Type, 8);
                    }
                }

                return info.FindType("s") is not null;
            });
        File.Delete(Path.Combine(Path.GetTempPath(), $"nectar-dwarf-{Environment.ProcessId}"));
    }

    [Fact]
    public void LibraryCache()
    {
        byte[] cache = File.Exists("/etc/ld.so.cache") ? File.ReadAllBytes("/etc/ld.so.cache") : [.. "glibc-ld.so.cache1.1"u8, .. new byte[200]];
        Mutator mutator = new([cache[..Math.Min(cache.Length, 60000)], cache[..Math.Min(cache.Length, 300)]], seed: 3);
        Run(mutator.Next, input => LdCache.Read(input).Count > 0);
    }

    [Fact]
    public void MapsOfProcesses_AndOfJits()
    {
        byte[] maps = File.ReadAllBytes("/proc/self/maps");
        byte[] jit = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(i => $"{0x7f0000000000 + (i * 64):x} 40 int32 [x] T::m{i}(class System.String)\n")));
        Mutator mutator = new([maps, jit], seed: 4);
        Run(mutator.Next, input =>
        {
            ProcessMaps read = ProcessMaps.Parse(1, input);
            PerfMap map = PerfMap.Empty.Append(input).Append(input);
            for (int i = 0; i < map.Count; i++) map.Find(map.Start(i) + 1, out _);
            return read.Regions.Count + map.Count > 0;
        });
    }

    [Fact]
    public void ArgumentsOfProbes()
    {
        byte[] seed = "-4@%edi 8@-8(%rbp) 4@$5 8@sym+4(%rip) 8@(%rax,%rbx,8) 8@%fs:16 -4@[sp, 8] 8@[x0, x1, lsl 3]"u8.ToArray();
        Random random = new(5);
        Run(
            () =>
            {
                byte[] text = (byte[])seed.Clone();
                for (int edits = random.Next(1, 10); edits > 0; edits--) text[random.Next(text.Length)] = (byte)"@%()[],$-+ 0189rxlsp"[random.Next(20)];
                return text;
            },
            input => UsdtArgumentParser.TryParse(Encoding.Latin1.GetString(input), ElfMachine.X86_64, out _, out _) | UsdtArgumentParser.TryParse(Encoding.Latin1.GetString(input), ElfMachine.Arm64, out _, out _));
    }

    private static void Walk(DwarfType type, int depth)
    {
        if (depth == 0) return;
        _ = type.ToString() + type.Size;
        foreach (DwarfMember member in type.Members.Take(20)) Walk(member.Type, depth - 1);
        foreach (KeyValuePair<string, long> _ in type.Enumerators.Take(20)) { }
        if (type.Target is { } target) Walk(target, depth - 1);
    }

    /// <summary>Where the sections of debug information are in a file.</summary>
    private static (int Start, int Length) Debug(byte[] file)
    {
        Assert.True(ElfImage.TryRead(file, "seed", out ElfImage? image, out _));
        ElfSection[] debug = [.. image.Sections.ToArray().Where(section => ElfImage.Text(image.NameOf(section)).StartsWith(".debug_", StringComparison.Ordinal))];
        int start = (int)debug.Min(section => section.Offset);
        return (start, (int)debug.Max(section => section.Offset + section.Size) - start);
    }
}
