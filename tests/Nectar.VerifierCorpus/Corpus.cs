// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.VerifierCorpus;

/// <summary>All cases of this machine's corpus.</summary>
internal static class Corpus
{
    /// <summary>Reads all, or those of some corpora.</summary>
    internal static List<CorpusCase> Read(Func<CorpusCase, bool>? filter = null)
    {
        List<CorpusCase> cases = [.. ObjectCases.Read(CorpusFolder.File(Generator.Programs), CorpusFolder.File("objects"), OfProgram)];
        foreach (string version in Generator.Versions) cases.AddRange(new RecordedLoads(CorpusFolder.File(Generator.TableOf(version))).Cases($"verifier-{version}"));
        if (File.Exists(CorpusFolder.File(PackageTools.Recorded))) cases.AddRange(new RecordedLoads(CorpusFolder.File(PackageTools.Recorded)).Cases("tools"));
        string[] packages = PackageTools.FindObjects();
        if (packages.Length > 0) cases.AddRange(ObjectCases.Read(CorpusFolder.File(PackageTools.Objects), Path.GetDirectoryName(packages[0])!, _ => "packages"));
        cases.AddRange(ObjectCases.Read(CorpusFolder.File(SharedObjects.Verdicts), SharedObjects.Folder, _ => "benchmarks"));
        return filter is null ? cases : [.. cases.Where(filter)];
    }

    /// <summary>The corpus of an object of progs/: those that are about the verifier, and all others.</summary>
    internal static string OfProgram(string name) => name.StartsWith("verifier_", StringComparison.Ordinal) ? "progs-6.12" : "other-6.12";
}
