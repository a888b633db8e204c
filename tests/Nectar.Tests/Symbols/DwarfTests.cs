// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Symbols.Dwarf;
using Nectar.Linux.Symbols.Elf;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Symbols;

/// <summary>Reads what compilers say of a program, and compares it with what the program says of itself.</summary>
public sealed class DwarfTests
{
    private const string Shared = """
        #include <stddef.h>
        #include <stdbool.h>
        enum color { RED, GREEN = 5, BLUE = -1 };
        typedef unsigned long u64;
        struct inner { char tag; short values[3][2]; };
        struct outer {
            int id; const char *name; struct inner inner; u64 flags : 3, more : 7; unsigned wide : 20;
            union { double ratio; struct { int low, high; }; }; enum color color; bool on; struct outer *next; int (*call)(int, void *);
        };
        struct opaque;
        """;

    private const string Main = """
        #include <stdio.h>
        #include "shared.h"
        extern int use(struct opaque *o, ...);
        __attribute__((noinline)) int probe_me(struct outer *a, const struct inner *b, u64 c, float d, unsigned char e) { __asm__(""); return a->id + b->tag + (int)c + (int)d + e; }
        static inline __attribute__((always_inline)) int helper(int x) { return x * 3; }
        __attribute__((noinline)) static int calls_helper(int y, struct opaque *o) { return helper(y) + use(o, y); }
        __attribute__((noinline)) void nothing(void) { __asm__(""); }
        int main(int argc, char **argv)
        {
            struct outer o = { .id = argc }; struct inner i = { 1 };
            printf("size %zu\nname %zu\ninner %zu\nhigh %zu\ncolor %zu\non %zu\nnext %zu\ncall %zu\n", sizeof(struct outer), offsetof(struct outer, name), offsetof(struct outer, inner),
                offsetof(struct outer, high), offsetof(struct outer, color), offsetof(struct outer, on), offsetof(struct outer, next), offsetof(struct outer, call));
            nothing();
            return probe_me(&o, &i, 3, 1.0f, 2) + calls_helper(argc, (struct opaque *)&o);
        }
        """;

    private const string Other = "#include \"shared.h\"\nstruct opaque { long first; struct outer second; };\n__attribute__((noinline)) int use(struct opaque *o, ...) { return (int)o->first; }\n";

    private static string Build(string compiler, string options, string after = "") => NativeFixture.Build("program", $"{compiler} {options} main.c other.c -o program{after}", ("shared.h", Shared), ("main.c", Main), ("other.c", Other));

    [ToolTheory("gcc", "clang-19", "objcopy")]
    [InlineData("gcc", "-O0 -gdwarf-5", "")]
    [InlineData("gcc", "-O2 -gdwarf-5", "")]
    [InlineData("gcc", "-O2 -gdwarf-4", "")]
    [InlineData("gcc", "-O2 -gdwarf-5 -gdwarf64", "")]
    [InlineData("gcc", "-O1 -gdwarf-5 -fdebug-types-section", "")]
    [InlineData("gcc", "-O2 -gdwarf-5", " && objcopy --compress-debug-sections=zlib program")]
    [InlineData("gcc", "-O2 -gdwarf-5 -no-pie", "")]
    [InlineData("clang-19", "-O0 -gdwarf-5", "")]
    [InlineData("clang-19", "-O2 -gdwarf-5", "")]
    [InlineData("clang-19", "-O2 -gdwarf-4", "")]
    [InlineData("gcc", "-O2 -gdwarf-5", " && objcopy --only-keep-debug program program.debug && strip program && objcopy --add-gnu-debuglink=program.debug program")]
    public void FunctionsAndTypes_AreWhatTheProgramSays(string compiler, string options, string after)
    {
        string path = Build(compiler, options, after);
        DwarfInfo info = DwarfInfo.Load(path);
        Dictionary<string, ulong> said = TestEnvironment.Run(path).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToDictionary(parts => parts[0], parts => ulong.Parse(parts[1], CultureInfo.InvariantCulture));

        DwarfFunction probe = info.FindFunction("probe_me");
        Assert.Equal(ElfSymbols.Load(path).Find("probe_me")[0].Address, probe.Address);
        Assert.Equal(["a: struct outer *", "b: const struct inner *", "c: u64", "d: float", "e: unsigned char"], probe.Parameters.Select(p => $"{p.Name}: {p.Type}"));
        Assert.Equal(["8", "8", "8", "4", "1"], probe.Parameters.Select(p => p.Type.Size.ToString(CultureInfo.InvariantCulture)));
        Assert.Equal(DwarfTypeKind.SignedInteger, probe.ReturnType.Kind);
        Assert.True(probe.IsExternal);

        DwarfType outer = probe.Parameters[0].Type.Target!;
        Assert.Equal(said["size"], outer.Size);
        foreach (string name in said.Keys.Where(key => key != "size")) Assert.Equal(said[name], outer.FindMember(name)!.Offset);
        Assert.Equal("short[3][2]", outer.FindMember("inner")!.Type.FindMember("values")!.Type.ToString().Replace("short int", "short", StringComparison.Ordinal));
        Assert.Equal(12ul, outer.FindMember("inner")!.Type.FindMember("values")!.Type.Size);
        DwarfMember flags = outer.FindMember("flags")!, more = outer.FindMember("more")!;
        Assert.Equal((3, 7, flags.BitOffset + 3), (flags.BitSize, more.BitSize, more.BitOffset));
        Assert.Equal([new("RED", 0), new("GREEN", 5), new("BLUE", -1)], outer.FindMember("color")!.Type.Enumerators.Select(e => new KeyValuePair<string, long>(e.Key, e.Value > int.MaxValue ? (int)e.Value : e.Value)));
        Assert.Equal(DwarfTypeKind.Boolean, outer.FindMember("on")!.Type.Underlying().Kind);
        Assert.Same(outer.FindMember("next")!.Type.Target!, outer.FindMember("next")!.Type.Target!.FindMember("next")!.Type.Target!);
        Assert.Equal(DwarfTypeKind.Function, outer.FindMember("call")!.Type.Target!.Kind);
        Assert.Equal(DwarfTypeKind.UnsignedInteger, probe.Parameters[2].Type.Underlying().Kind);
        Assert.Null(outer.FindMember("nonsense"));

        DwarfFunction caller = info.FindFunction("calls_helper");
        Assert.False(caller.IsExternal);
        Assert.Equal(["y: int", "o: struct opaque *"], caller.Parameters.Select(p => $"{p.Name}: {p.Type}"));
        Assert.Equal(8ul, caller.Parameters[1].Type.Target!.FindMember("second")!.Offset); // defined in another unit
        Assert.True(info.FindFunction("use").HasVariableArguments);
        Assert.Empty(info.FindFunction("nothing").Parameters);
        Assert.Equal(DwarfTypeKind.Void, info.FindFunction("nothing").ReturnType.Kind);
        Assert.Equal(said["size"] + 8, info.FindType("opaque")!.Size);
        Assert.True(info.TryFindFunction(probe.Address + 1, out DwarfFunction? found) && found.Name == "probe_me");
        Assert.Contains("'probe_me'", Assert.Throws<ObjectFormatException>(() => info.FindFunction("prob_me")).Message, StringComparison.Ordinal);
    }

    [ToolTheory("gcc", "clang-19", "addr2line")]
    [InlineData("gcc", "-O1 -gdwarf-5")]
    [InlineData("gcc", "-O1 -gdwarf-4")]
    [InlineData("clang-19", "-O1 -gdwarf-5")]
    public void Lines_AreThoseOfAddr2line(string compiler, string options)
    {
        string path = Build(compiler, options);
        DwarfInfo info = DwarfInfo.Load(path);
        ElfSymbols symbols = ElfSymbols.Load(path);
        ulong[] addresses = [.. new[] { "probe_me", "calls_helper", "use", "main" }.SelectMany(name => { ElfSymbol s = symbols.Find(name)[0]; return Enumerable.Range(0, (int)s.Size).Select(i => s.Address + (ulong)i); })];
        string[] expected = TestEnvironment.Run("addr2line", ["-e", path, .. addresses.Select(a => $"0x{a:x}")]).Output.Split('\n');
        for (int i = 0; i < addresses.Length; i++)
        {
            string line = expected[i].Split(' ')[0]; // without "(discriminator 1)"
            Assert.True(info.TryFindLine(addresses[i], out string file, out int number), line);
            Assert.Equal($"{Path.GetFileName(line.Split(':')[0])}:{line.Split(':')[1]}", $"{Path.GetFileName(file)}:{number}");
        }

        Assert.False(info.TryFindLine(1, out _, out _));
    }

    [ToolTheory("gcc", "clang-19")]
    [InlineData("gcc", "-O2 -gdwarf-5")]
    [InlineData("gcc", "-O1 -gdwarf-4")]
    [InlineData("clang-19", "-O2 -gdwarf-5")]
    public void Place_HasInlinedFunctions(string compiler, string options)
    {
        string path = NativeFixture.Build("inlined", $"{compiler} {options} a.c -o inlined", ("a.c", """
            extern int getpid(void);
            static inline __attribute__((always_inline)) int deep(void)
            {
                return getpid();
            }
            static inline __attribute__((always_inline)) int shallow(int x)
            {
                return x + deep();
            }
            __attribute__((noinline)) int owner(int x)
            {
                return shallow(x) * 3;
            }
            int main(int c, char **v) { return owner(c); }
            """));
        DwarfInfo info = DwarfInfo.Load(path);
        ElfSymbol owner = ElfSymbols.Load(path).Find("owner")[0];
        DwarfPlace[] places = [.. Enumerable.Range(0, (int)owner.Size).Select(i => info.FindPlace(owner.Address + (ulong)i)).OfType<DwarfPlace>()];
        DwarfPlace call = places.First(place => place.Inlined.Count == 2);
        Assert.Equal(["deep a.c:4", "shallow a.c:8"], call.Inlined.Select(one => $"{one.Name} {Path.GetFileName(one.File)}:{one.Line}"));
        Assert.Equal(12, call.Line);
        Assert.Contains(places, place => place.Inlined.Count == 0);
        Assert.Null(info.FindPlace(1));
    }

    [ToolTheory("gcc", "dwp", "llvm-dwp-19", "clang-19")]
    [InlineData("gcc", "-gdwarf-5", "llvm-dwp-19 -e packed -o packed.dwp")]
    [InlineData("clang-19", "-gdwarf-5", "llvm-dwp-19 -e packed -o packed.dwp")]
    [InlineData("gcc", "-gdwarf-4", "dwp -e packed -o packed.dwp")]
    public void SplitInformation_IsFoundInPackages(string compiler, string options, string pack)
    {
        string path = NativeFixture.Build("packed", $"{compiler} -O1 {options} -gsplit-dwarf main.c other.c -o packed && {pack} && rm -f *.dwo", ("shared.h", Shared), ("main.c", Main), ("other.c", Other));
        DwarfInfo info = DwarfInfo.Load(path);
        Assert.Equal(["a", "b", "c", "d", "e"], info.FindFunction("probe_me").Parameters.Select(p => p.Name));
        Assert.Equal(["o"], info.FindFunction("use").Parameters.Select(p => p.Name)); // of the second unit
        Assert.Equal(["RED", "GREEN", "BLUE"], info.FindType("color")!.Enumerators.Select(e => e.Key));
        Assert.True(info.TryFindLine(ElfSymbols.Load(path).Find("use")[0].Address, out string file, out int line));
        Assert.Equal(("other.c", 3), (Path.GetFileName(file), line));
    }

    [ToolFact("g++")]
    public void MemberFunctions_HaveTheirClass()
    {
        string path = NativeFixture.Build("members", "g++ -g -O1 a.cpp -o members", ("a.cpp", """
            namespace space { struct Base { long b; }; struct Thing : Base { int x; static int count; virtual ~Thing(); int get(int &y, const char *z) const; }; }
            int space::Thing::count;
            space::Thing::~Thing() {}
            __attribute__((noinline)) int space::Thing::get(int &y, const char *z) const { return x + y + *z; }
            int main(int c, char **v) { space::Thing t; t.x = c; return t.get(c, v[0]); }
            """));
        DwarfInfo info = DwarfInfo.Load(path);
        DwarfFunction get = info.FindFunction("_ZNK5space5Thing3getERiPKc");
        Assert.Equal("get", get.Name);
        Assert.Equal(["this", "y", "z"], get.Parameters.Select(p => p.Name));
        Assert.True(get.Parameters[0].IsArtificial);
        DwarfType thing = get.Parameters[0].Type.Underlying().Target!.Underlying();
        Assert.Equal("Thing", thing.Name);
        Assert.Contains(thing.Members, m => m.IsBase && m.Type.Name == "Base");
        Assert.Equal(8ul, thing.FindMember("b")!.Offset);
        Assert.DoesNotContain(thing.Members, m => m.Name == "count");
        Assert.Equal(DwarfTypeKind.Reference, get.Parameters[1].Type.Kind);
    }

    [ToolFact("gcc")]
    public void FileWithoutDebugInformation_SaysSo()
    {
        string path = NativeFixture.Build("plain", "gcc -O1 a.c -o plain", ("a.c", "int main(void) { return 0; }"));
        Assert.Equal(4408, Assert.Throws<ObjectFormatException>(() => DwarfInfo.Load(path)).Diagnostics[0].Code.Number);
    }
}
