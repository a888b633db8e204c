// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Security.Cryptography;
using System.Text;
using Nectar.Tests.Support;

namespace Nectar.Tests.Symbols;

/// <summary>Compiles sources to programs and libraries of this machine, once: results are kept under artifacts/symbols by the hash of the recipe.</summary>
internal static class NativeFixture
{
    /// <summary>Runs a recipe in a folder of its own.</summary>
    /// <param name="name">The file that the recipe makes, and that is returned.</param>
    /// <param name="recipe">Shell commands.</param>
    /// <param name="sources">Files that are there when it starts: name and text.</param>
    /// <returns>The path of the file.</returns>
    internal static string Build(string name, string recipe, params (string Name, string Text)[] sources)
    {
        string content = recipe + string.Concat(sources.Select(source => $"|{source.Name}|{source.Text}"));
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)))[..16];
        string folder = Path.Combine(Repository.Root, "artifacts", "symbols", $"{name}-{hash}"), output = Path.Combine(folder, name);
        if (File.Exists(output)) return output;
        string work = $"{folder}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}";
        Directory.CreateDirectory(work);
        foreach ((string file, string text) in sources) File.WriteAllText(Path.Combine(work, file), text);
        (int code, string printed, string errors) = TestEnvironment.Run("/bin/sh", "-ec", $"cd '{work}'\n{recipe}");
        if (code != 0) throw new InvalidOperationException($"{recipe}: {printed}{errors}");
        try
        {
            Directory.Move(work, folder);
        }
        catch (IOException) when (File.Exists(output))
        {
            Directory.Delete(work, recursive: true); // another process was faster
        }

        return output;
    }

    /// <summary>A library with two versions of a function, an indirect one, data, and a local function.</summary>
    internal static string Versions() => Build(
        "libversions.so",
        "gcc -O1 -shared -fPIC -Wl,--version-script=map a.c -o libversions.so",
        ("map", "VER_1 { global: f; picked; counter; zeroed; local: *; };\nVER_2 { global: f; } VER_1;\n"),
        ("a.c", """
            int counter = 7; int zeroed;
            __attribute__((noinline)) int old_f(int a) { return a + counter; }
            __attribute__((noinline)) int new_f(int a) { return a * counter; }
            __asm__(".symver old_f,f@VER_1\n.symver new_f,f@@VER_2");
            static int pick_a(void) { return 1; }
            static int (*resolve(void))(void) { return pick_a; }
            int picked(void) __attribute__((ifunc("resolve")));
            static __attribute__((noinline, used)) int hidden_helper(int a) { return a - counter; }
            """));

    /// <summary>The notes that sys/sdt.h makes, written by hand: with and without semaphore, with all forms of operands.</summary>
    internal const string ProbeSource = """
        #include <stdint.h>
        #define PROBE(provider, name, sema, args, ...) \
            __asm__ __volatile__("990: nop\n.pushsection .note.stapsdt,\"?\",\"note\"\n.balign 4\n.4byte 992f-991f,994f-993f,3\n991: .asciz \"stapsdt\"\n992: .balign 4\n" \
                "993: .8byte 990b\n.8byte _.stapsdt.base\n.8byte " sema "\n.asciz \"" #provider "\"\n.asciz \"" #name "\"\n.asciz \"" args "\"\n994: .balign 4\n.popsection\n" \
                ".ifndef _.stapsdt.base\n.pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n.weak _.stapsdt.base\n.hidden _.stapsdt.base\n_.stapsdt.base: .space 1\n.size _.stapsdt.base,1\n.popsection\n.endif\n" :: __VA_ARGS__)
        __attribute__((section(".probes"))) unsigned short demo_tick_semaphore;
        long table[4];
        int main(int argc, char **argv)
        {
            long local[4] = { argc, 2, 3, 4 };
            PROBE(demo, start, "0", "", "r"(0));
            PROBE(demo, tick, "demo_tick_semaphore", "-4@%0 8@%1 4@$5 8@table+8(%%rip)", "r"(argc), "m"(local[1]));
            PROBE(demo, tick, "demo_tick_semaphore", "1@$-3 8@%0", "r"(local[argc & 3]));
            return (int)table[argc & 3];
        }
        """;

    /// <summary>A program with probes.</summary>
    /// <param name="options">For example <c>-no-pie</c>.</param>
    internal static string Probes(string options) => Build("probes", $"gcc -O1 {options} a.c -o probes", ("a.c", ProbeSource));
}
