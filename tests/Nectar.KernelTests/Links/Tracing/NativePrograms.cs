// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Tests.Symbols;

namespace Nectar.KernelTests.Links.Tracing;

/// <summary>Programs of this machine for probes to watch.</summary>
internal static class NativePrograms
{
    /// <summary>Calls <c>tick</c> a hundred times a second.</summary>
    internal static string Looper() => NativeFixture.Build("looper", "gcc -O1 a.c -o looper", ("a.c", """
        #include <unistd.h>
        __attribute__((noinline)) void tick(int n) { __asm__ volatile("" :: "r"(n)); }
        int main(void) { for (int n = 0;; n++) { tick(n); usleep(10000); } }
        """));

    /// <summary>A library with functions <c>f0</c> to <c>f1099</c>; <c>f_all</c> calls each.</summary>
    internal static string ManyFunctions() => NativeFixture.Build("libmany.so", "gcc -O1 -shared -fPIC a.c -o libmany.so", ("a.c",
        string.Concat(Enumerable.Range(0, 1100).Select(i => $"__attribute__((noinline)) int f{i}(int a) {{ __asm__ volatile(\"\"); return a + {i}; }}\n"))
        + $"int f_all(int a) {{ int s = 0; {string.Concat(Enumerable.Range(0, 1100).Select(i => $"s += f{i}(a);"))} return s; }}\n"));

    /// <summary>A library with probes: <c>fire(int, long, short*)</c> passes <c>demo:pair</c>, inlined twice, and <c>demo:plain</c>; <c>listeners()</c> is the semaphore.</summary>
    internal static string ProbedLibrary() => NativeFixture.Build("libprobed.so", "gcc -O1 -shared -fPIC a.c -o libprobed.so", ("a.c",
        NativeFixture.ProbeSource[..NativeFixture.ProbeSource.IndexOf("__attribute__", StringComparison.Ordinal)] + """
        __attribute__((section(".probes"), visibility("hidden"))) unsigned short demo_semaphore;
        int listeners(void) { return *(volatile unsigned short *)&demo_semaphore; }
        void fire(int a, long b, short *c)
        {
            if (a & 1) PROBE(demo, pair, "demo_semaphore", "-4@%0 8@%1 -2@%2", "r"(a), "r"(b), "m"(*c));
            else PROBE(demo, pair, "demo_semaphore", "8@%0 -4@%1 4@$-7", "r"(b), "r"(a));
            PROBE(demo, plain, "0", "", "r"(0));
            PROBE(demo, vector, "0", "8f@%%xmm0 -4@%0", "r"(a));
        }
        """));
}
