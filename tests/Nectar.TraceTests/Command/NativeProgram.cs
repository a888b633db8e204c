// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Tests.Support;

namespace Nectar.TraceTests.Command;

/// <summary>A program in C whose functions are traced, built once for each way to link it.</summary>
internal static class NativeProgram
{
    private const string Source = """
        struct pair { long first; int second; };
        struct block { long values[4]; };
        struct mixed { double ratio; int count; };
        struct tag { char name[4]; int number; };
        static volatile long sink;
        __attribute__((noinline)) struct block take(struct pair both, char letter, double ratio, struct block all, struct mixed half, struct tag *tag, long a, long b, short last)
        {
            sink = both.first + letter + (long)ratio + all.values[0] + half.count + tag->number + a + b + last;
            return all;
        }
        __attribute__((noinline)) void mark(int x) { sink = x; }
        static inline __attribute__((always_inline)) void inner(int x)
        {
            mark(x);
        }
        static inline __attribute__((always_inline)) void middle(int x) { inner(x); sink++; }
        __attribute__((noinline)) void outer(int x)
        {
            middle(x);
            sink++;
        }
        int main(void)
        {
            struct tag tag = { { 'a', 'b', 'c', 'd' }, 7 };
            take((struct pair){ 11, 22 }, 'x', 1.5, (struct block){ { 31, 32, 33, 34 } }, (struct mixed){ 2.5, 41 }, &tag, 51, 52, -6);
            outer(3);
            return 0;
        }
        """;

    private static readonly Lock s_building = new();

    /// <summary>The program's path.</summary>
    /// <param name="options">Of the linker.</param>
    internal static string Build(string options = "-pie")
    {
        string folder = Path.Combine(Repository.Root, "artifacts", "traced"), path = Path.Combine(folder, "program" + options), source = Path.Combine(folder, "program.c");
        lock (s_building)
        {
            Directory.CreateDirectory(folder);
            if (File.Exists(path) && File.ReadAllText(source) == Source) return path;
            File.WriteAllText(source, Source);
            (int code, _, string errors) = TestEnvironment.Run("gcc", "-g", "-O0", "-fno-omit-frame-pointer", "-fPIC", options, source, "-o", path);
            Assert.True(code == 0, errors);
            return path;
        }
    }
}
