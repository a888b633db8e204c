// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Kernel;
using Nectar.Linux.Symbols.Processes;
using Nectar.Linux.Symbols.Stacks;
using Nectar.Tests.Support;
using Nectar.Tests.Symbols;

namespace Nectar.KernelTests.Symbols;

/// <summary>Names addresses of real processes.</summary>
public sealed class ProcessSymbolizerTests
{
    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true })!;

    [ToolFact("gcc")]
    public void FunctionsOfAProgramAndItsLibraries_AreFound()
    {
        using Process process = Start(Sleeper());
        try
        {
            (ulong main, ulong sleep) = Addresses(process);
            ProcessSymbolizer symbolizer = new();
            SymbolizedAddress found = symbolizer.Symbolize(process.Id, main + 3);
            Assert.Equal(("local_main", 3ul, Sleeper()), (found.Name, found.Offset, found.Module));
            found = symbolizer.Symbolize(process.Id, sleep);
            Assert.Equal(0ul, found.Offset);
            Assert.Contains("libc.so", found.Module, StringComparison.Ordinal);
            Assert.True(symbolizer.ModuleCache.Count >= 2);
            Assert.True(symbolizer.ModuleCache.Bytes > 0);
            Assert.Null(symbolizer.Symbolize(process.Id, 0x10).Module);
            symbolizer.Symbolize(process.Id, main);
            Assert.True(symbolizer.ModuleCache.Hits > 0);
        }
        finally
        {
            process.Kill();
        }
    }

    [ToolFact("gcc")]
    public void DeletedAndReplacedFile_IsStillRead()
    {
        string copy = Path.Combine(Path.GetTempPath(), $"nectar-sym-{Environment.ProcessId}");
        File.Copy(Sleeper(), copy, overwrite: true);
        using Process process = Start(copy);
        try
        {
            (ulong main, _) = Addresses(process);
            File.Delete(copy);
            File.WriteAllText(copy, "something else");
            SymbolizedAddress found = new ProcessSymbolizer().Symbolize(process.Id, main);
            Assert.Equal("local_main", found.Name);
            Assert.Equal(copy, found.Module);
        }
        finally
        {
            process.Kill();
            File.Delete(copy);
        }
    }

    [ToolFact("gcc", "unshare", "mount")]
    public void ProcessInAnotherMountNamespace_IsSeenThroughItsRoot()
    {
        string folder = Path.GetDirectoryName(Sleeper())!;
        // the program is visible at /mnt there and nowhere here
        using Process process = Start("/usr/bin/unshare", "-m", "/bin/sh", "-c", $"mount -t tmpfs none /mnt && cp {folder}/sleeper /mnt/inside && exec /mnt/inside");
        try
        {
            (ulong main, _) = Addresses(process);
            SymbolizedAddress found = new ProcessSymbolizer().Symbolize(process.Id, main + 1);
            Assert.Equal(("local_main", "/mnt/inside"), (found.Name, found.Module));
            Assert.False(File.Exists("/mnt/inside"));
        }
        finally
        {
            process.Kill();
        }
    }

    [ToolFact("gcc")]
    public void ProcessThatEnded_KeepsItsNames_IfItWasRemembered()
    {
        ProcessSymbolizer symbolizer = new();
        using Process process = Start(Sleeper());
        (ulong main, _) = Addresses(process);
        symbolizer.Remember(process.Id);
        process.Kill();
        process.WaitForExit();
        Thread.Sleep(1100);
        Assert.Equal("local_main", symbolizer.Symbolize(process.Id, main).Name);
        Assert.Null(symbolizer.Symbolize(999_999_999, main).Module);
    }

    [ToolFact("gcc")]
    public void ProgramThatAnotherTookThePlaceOf_IsNotAskedForNames()
    {
        // both are linked to the same addresses, so that nothing but the process tells which of them runs
        const string Source = """
            #include <stdio.h>
            #include <unistd.h>
            __attribute__((noinline)) int NAME(int x) { return x + 1; }
            int main(int c, char **v) { printf("%p\n", (void *)NAME); fflush(stdout); getchar(); if (c > 1) execv(v[1], v + 1); return NAME(c); }
            """;
        string second = NativeFixture.Build("exec-second", "gcc -O1 -static -no-pie -DNAME=second_in_place a.c -o exec-second", ("a.c", Source));
        string first = NativeFixture.Build("exec-first", "gcc -O1 -static -no-pie -DNAME=first_in_place a.c -o exec-first", ("a.c", Source));
        ProcessSymbolizer symbolizer = new();
        using Process process = Start(first, second);
        try
        {
            ulong address = Convert.ToUInt64(process.StandardOutput.ReadLine(), 16);
            Assert.Equal("first_in_place", symbolizer.Symbolize(process.Id, address).Name);
            process.StandardInput.Write('x');
            process.StandardInput.Flush();
            address = Convert.ToUInt64(process.StandardOutput.ReadLine(), 16);
            Assert.Equal("second_in_place", symbolizer.Symbolize(process.Id, address).Name);
        }
        finally
        {
            process.Kill();
        }
    }

    [ToolFact("gcc")]
    public void LibraryThatIsLoadedLater_HasItsNamesAtOnce()
    {
        string library = NativeFixture.Build("late-library", "gcc -O1 -shared -fPIC a.c -o late-library", ("a.c", "int late_function(int x) { return x + 1; }"));
        string program = NativeFixture.Build("late-loader", "gcc -O1 a.c -o late-loader -ldl", ("a.c", """
            #include <dlfcn.h>
            #include <stdio.h>
            int main(int c, char **v) { printf("%p\n", (void *)main); fflush(stdout); getchar(); void *l = dlopen(v[1], RTLD_NOW); printf("%p\n", dlsym(l, "late_function")); fflush(stdout); getchar(); return 0; }
            """));
        ProcessSymbolizer symbolizer = new();
        using Process process = Start(program, library);
        try
        {
            Assert.Equal("main", symbolizer.Symbolize(process.Id, Convert.ToUInt64(process.StandardOutput.ReadLine(), 16)).Name);
            process.StandardInput.Write('x');
            process.StandardInput.Flush();
            ulong address = Convert.ToUInt64(process.StandardOutput.ReadLine(), 16);
            Thread.Sleep(20); // maps are not read again at every address that is unknown
            Assert.Equal("late_function", symbolizer.Symbolize(process.Id, address).Name);
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public void Vdso_HasNames()
    {
        MappedRegion vdso = ProcessMaps.Read(Environment.ProcessId).Regions.First(region => region.Path == "[vdso]");
        ProcessSymbolizer symbolizer = new();
        HashSet<string?> names = [];
        for (ulong at = vdso.Start; at < vdso.End; at += 16) names.Add(symbolizer.Symbolize(Environment.ProcessId, at).Name);
        Assert.Contains(names, name => name is not null && name.EndsWith("clock_gettime", StringComparison.Ordinal));
    }

    [ToolFact("dotnet")]
    public void MethodsOfADotnetProcess_ComeFromItsPerfMap()
    {
        ProcessStartInfo start = new("dotnet", ["msbuild", "-nologo", "-version", "-nodeReuse:false"]) { RedirectStandardOutput = true };
        start.Environment["DOTNET_PerfMapEnabled"] = "1";
        using Process process = Process.Start(start)!;
        string map = MapOf(process);
        process.WaitForExit();
        try
        {
            Assert.True(File.Exists(map), map);
            byte[] text = File.ReadAllBytes(map);
            PerfMap read = PerfMap.Empty.Append(text);
            Assert.True(read.Count > 100);
            MatchCollection lines = Regex.Matches(Encoding.UTF8.GetString(text), "^(?:0x)?([0-9A-Fa-f]+) ([0-9A-Fa-f]+) (.*)$", RegexOptions.Multiline);
            Match last = lines[^1];
            int index = read.Find(Convert.ToUInt64(last.Groups[1].Value, 16) + 1, out ulong offset);
            Assert.Equal((last.Groups[3].Value, 1ul), (read.Name(index), offset));
            Assert.Contains(Enumerable.Range(0, read.Count), i => read.Name(i).Contains("[System.Private.CoreLib]", StringComparison.Ordinal) || read.Name(i).Contains("System.", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(map);
            File.Delete(map.Replace("perf-", "perfinfo-", StringComparison.Ordinal));
        }
    }

    [ToolFact("node")]
    public void FunctionsOfANodeProcess_AreFoundWhileItRuns()
    {
        using Process process = Start(TestEnvironment.FindTool("node")!, "--perf-basic-prof", "-e", "function nectarHot(n) { let s = 0; for (let i = 0; i < n; i++) s += i * i; return s; } let t = 0; for (let i = 0; i < 3000; i++) t += nectarHot(1000); console.log('ready'); setInterval(() => nectarHot(10), 1000);");
        string map = MapOf(process);
        try
        {
            Assert.Equal("ready", process.StandardOutput.ReadLine());
            Match line = Regex.Match(File.ReadAllText(map), "^([0-9a-f]+) ([0-9a-f]+) (.*nectarHot.*)$", RegexOptions.Multiline);
            Assert.True(line.Success);
            SymbolizedAddress found = new ProcessSymbolizer().Symbolize(process.Id, Convert.ToUInt64(line.Groups[1].Value, 16));
            Assert.Equal("[jit]", found.Module);
            Assert.Contains("nectarHot", found.Name, StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
            File.Delete(map);
        }
    }

    [ToolFact("gcc", "chown")]
    public void PerfMapOfAnotherUser_IsNotBelieved()
    {
        using Process process = Start(Sleeper());
        string map = MapOf(process);
        try
        {
            Addresses(process);
            File.WriteAllText(map, "10000 100 planted\n10100 40 other\n");
            Assert.Equal(0, TestEnvironment.Run("chown", "65534", map).ExitCode);
            Assert.Null(new ProcessSymbolizer().Symbolize(process.Id, 0x10010).Name);
            Assert.Equal(0, TestEnvironment.Run("chown", "0", map).ExitCode);
            ProcessSymbolizer symbolizer = new();
            Assert.Equal(("planted", 0x10ul, "[jit]"), symbolizer.Symbolize(process.Id, 0x10010) is var found ? (found.Name, found.Offset, found.Module) : default);

            // the file grows, and the last line of an address counts
            File.AppendAllText(map, "10000 80 newer\n20000 10 half");
            Thread.Sleep(1100);
            Assert.Equal("newer", symbolizer.Symbolize(process.Id, 0x10010).Name);
            Assert.Null(symbolizer.Symbolize(process.Id, 0x20000).Name);
            File.AppendAllText(map, "-written\n");
            Thread.Sleep(60);
            Assert.Equal("half-written", symbolizer.Symbolize(process.Id, 0x20000).Name);
        }
        finally
        {
            process.Kill();
            File.Delete(map);
        }
    }

    [ToolFact("gcc")]
    public void Stacks_AreWritten_InAllStyles()
    {
        using Process process = Start(Sleeper());
        try
        {
            (ulong main, _) = Addresses(process);
            StackSymbolizer stacks = new();
            ulong[] addresses = [main + 5, main + 9];
            Assert.Equal("local_main+5\nlocal_main+9\n", stacks.FormatUser(process.Id, addresses));
            Assert.Equal($"{main + 5:x}\n{main + 9:x}\n", stacks.FormatUser(process.Id, addresses, StackStyle.Raw));
            Assert.Equal($"\t{main + 5,16:x} local_main+0x5 ({Sleeper()})\n\t{main + 9,16:x} local_main+0x9 ({Sleeper()})\n", stacks.FormatUser(process.Id, addresses, StackStyle.Perf));

            // a return address behind the last instruction belongs to the caller, not to what follows
            ElfSymbol symbol = ElfSymbols.Load(Sleeper()).Find("local_main")[0];
            Assert.Equal($"local_main+0\nlocal_main+{symbol.Size}\n", stacks.FormatUser(process.Id, [main, main + symbol.Size]));

            KernelSymbol kernel = KernelSymbols.Shared.FindFunction("vfs_read");
            Assert.Equal("vfs_read+4\n", stacks.FormatKernel([kernel.Address + 4]));

            byte[] entry = new byte[StackSymbolizer.BuildIdEntrySize * 2];
            using ElfImage image = ElfImage.Open(Sleeper());
            entry[0] = 1;
            image.BuildId.Span.CopyTo(entry.AsSpan(4));
            BitConverter.TryWriteBytes(entry.AsSpan(24), symbol.FileOffset!.Value + 2);
            Assert.Equal(("local_main", 2ul), stacks.UserBuildIds(entry, process.Id) is [var frame] ? (frame.Name, frame.Offset) : default);
            Assert.Equal("local_main", Assert.Single(stacks.UserBuildIds(entry)).Name); // among those that were seen
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task ManyThreads_GetTheSameNames_AndTheCacheStaysSmall()
    {
        ProcessSymbolizer symbolizer = new(maxBytes: 200_000);
        ulong[] addresses = [.. ProcessMaps.Read(Environment.ProcessId).Regions.Where(region => region.IsFile && region.IsExecutable).Select(region => region.Start + ((region.End - region.Start) / 2))];
        string[] expected = [.. addresses.Select(address => symbolizer.Symbolize(Environment.ProcessId, address).ToString())];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            Random random = new(seed);
            for (int i = 0; i < 300; i++)
            {
                int at = random.Next(addresses.Length);
                Assert.Equal(expected[at], symbolizer.Symbolize(Environment.ProcessId, addresses[at]).ToString());
            }
        })));
        Assert.True(symbolizer.ModuleCache.Evictions > 0);
        Assert.True(symbolizer.ModuleCache.Bytes <= 200_000 || symbolizer.ModuleCache.Count == 1, $"{symbolizer.ModuleCache}");
    }

    private static string MapOf(Process process) => PerfMapFile.PathOf("/", process.Id.ToString(CultureInfo.InvariantCulture));

    private static string Sleeper() => NativeFixture.Build("sleeper", "gcc -O1 -g -rdynamic a.c -o sleeper", ("a.c", """
        #include <stdio.h>
        #include <unistd.h>
        static __attribute__((noinline, used)) int local_main(int c) { volatile int x = c; for (int i = 0; i < 3; i++) x += i * x; return x; }
        int main(int c, char **v) { printf("%p %p\n", (void *)local_main, (void *)pause); fflush(stdout); local_main(c); while (1) pause(); }
        """));

    private static (ulong Main, ulong Sleep) Addresses(Process process)
    {
        string[] parts = process.StandardOutput.ReadLine()!.Split(' ');
        return (Convert.ToUInt64(parts[0], 16), Convert.ToUInt64(parts[1], 16));
    }
}
