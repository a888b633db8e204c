// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

namespace Nectar.VerifierCorpus;

/// <summary>Makes the corpus: compiles the kernel's tests, asks this kernel, writes what it says. A few minutes, once a kernel and package.</summary>
internal static class Generator
{
    /// <summary>Counts up with every change of what is generated.</summary>
    internal const int FormatVersion = 3;

    internal const string Programs = "progs-6.12.jsonl";

    internal static readonly string[] Versions = ["6.1", "6.12"];

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
            foreach (KernelSources sources in (KernelSources[])[old.Result, current]) Make(TableOf(sources.Version), output => TestVerifier.Record(sources, recorder, output, say));
        });
        Make(Programs, output => ObjectJudge.Judge([.. Directory.EnumerateFiles(CorpusFolder.File("objects"), "*.o").Order(StringComparer.Ordinal)], output, say));
        tables.Wait();
        Make(PackageTools.Recorded, output => PackageTools.Record(recorder, output, say));
        Make(PackageTools.Objects, output => ObjectJudge.Judge(PackageTools.FindObjects(), output, say));
        Make(SharedObjects.Verdicts, output => ObjectJudge.Judge(SharedObjects.CompileAll(), output, say));
        File.WriteAllText(CorpusFolder.File("complete"), "");
        say($"corpus made in {clock.Elapsed.TotalSeconds:F0} s: {CorpusFolder.Path}");
    }

    /// <summary>Asks the kernel once more about the promised corpora.</summary>
    /// <returns>Its verification time in microseconds, by the name of the case.</returns>
    internal static Dictionary<string, long> JudgeAgain()
    {
        string recorder = CorpusFolder.File("recorder.so");
        string folder = Directory.CreateTempSubdirectory("nectar-verifier-bars").FullName;
        try
        {
            string programs = Path.Combine(folder, Programs);
            ObjectJudge.Judge([.. Directory.EnumerateFiles(CorpusFolder.File("objects"), "verifier_*.o").Order(StringComparer.Ordinal)], programs, _ => { });
            List<CorpusCase> cases = [.. ObjectCases.Read(programs, CorpusFolder.File("objects"), name => Corpus.OfProgram(name))];
            foreach (string version in Versions)
            {
                string table = Path.Combine(folder, TableOf(version));
                TestVerifier.Run(CorpusFolder.File($"test_verifier-{version}"), recorder, table);
                cases.AddRange(new RecordedLoads(table).Cases($"verifier-{version}"));
            }

            Dictionary<string, long> times = new(StringComparer.Ordinal);
            foreach (CorpusCase @case in cases) times.TryAdd(@case.ToString(), @case.Kernel.Microseconds);
            return times;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Makes one file, unless a run that was ended early left it: each appears when it is whole.</summary>
    private static void Make(string name, Action<string> make)
    {
        string path = CorpusFolder.File(name);
        if (!File.Exists(path)) make(path);
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
