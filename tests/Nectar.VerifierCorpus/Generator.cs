// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

namespace Nectar.VerifierCorpus;

/// <summary>Makes the corpus: compiles the kernel's tests, asks this kernel, writes what it says. A few minutes, once a kernel and package.</summary>
internal static class Generator
{
    /// <summary>Counts up with every change of what is generated.</summary>
    internal const int FormatVersion = 2;

    internal const string Programs = "progs-6.12.jsonl";

    internal static string TableOf(string version) => $"verifier-{version}.jsonl";

    /// <summary>Makes it, unless it is there.</summary>
    internal static void Run(Action<string> say)
    {
        if (CorpusFolder.Complete() is not null) return;
        Stopwatch clock = Stopwatch.StartNew();
        Directory.CreateDirectory(CorpusFolder.Path);
        using FileStream @lock = Lock();
        if (CorpusFolder.Complete() is not null) return;
        string recorder = CorpusFolder.File("recorder.so");
        Processes.Must("gcc", "-O2", "-shared", "-fPIC", "-o", recorder, CorpusFolder.Own("native/recorder.c"), "-ldl");
        Task<KernelSources> old = Task.Run(() => new KernelSources("6.1"));
        KernelSources current = new("6.12");
        say($"sources are there after {clock.Elapsed.TotalSeconds:F0} s");
        TestObjects.CompileAll(current, say);
        Task tables = Task.Run(() =>
        {
            foreach (KernelSources sources in (KernelSources[])[old.Result, current]) TestVerifier.Record(sources, recorder, CorpusFolder.File(TableOf(sources.Version)), say);
        });
        ObjectJudge.Judge([.. Directory.EnumerateFiles(CorpusFolder.File("objects"), "*.o").Order(StringComparer.Ordinal)], CorpusFolder.File(Programs), say);
        tables.Wait();
        File.WriteAllText(CorpusFolder.File("complete"), "");
        say($"corpus made in {clock.Elapsed.TotalSeconds:F0} s: {CorpusFolder.Path}");
    }

    /// <summary>Tests of several projects may want the corpus at the same time.</summary>
    private static FileStream Lock()
    {
        while (true)
        {
            try
            {
                return new FileStream(CorpusFolder.File("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                Thread.Sleep(500);
            }
        }
    }
}
