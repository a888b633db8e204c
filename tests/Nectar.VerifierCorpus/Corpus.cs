// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.VerifierCorpus;

/// <summary>All cases of this machine's corpus.</summary>
internal static class Corpus
{
    /// <summary>Reads all, or those of some corpora.</summary>
    internal static List<CorpusCase> Read(Func<CorpusCase, bool>? filter = null)
    {
        List<CorpusCase> cases = [.. ObjectCases.Read(CorpusFolder.File(Generator.Programs), CorpusFolder.File("objects"), "6.12")];
        foreach (string version in (string[])["6.1", "6.12"]) cases.AddRange(new RecordedLoads(CorpusFolder.File(Generator.TableOf(version))).Cases($"verifier-{version}"));
        return filter is null ? cases : [.. cases.Where(filter)];
    }
}
