// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Objects;

public sealed class ObjectFuzzTests
{
    [ClangFact]
    public void Read_MutatedObjects_ReportsAndNeverThrows()
    {
        List<byte[]> seeds = [];
        foreach (string source in Directory.GetFiles(Clang.Fixtures, "*.bpf.c").Order(StringComparer.Ordinal))
        {
            seeds.Add(Clang.Compile(source, "19", "-g -O2 -target bpfel -mcpu=v3"));
            seeds.Add(Clang.Compile(source, "19", "-g -O2 -target bpfeb -mcpu=v3"));
        }

        FuzzRun run = new();
        run.Run(new Mutator(seeds, 7).Next, static input => ObjectReader.TryRead(input, "fuzz", new DiagnosticBag(), out _), 20_000, TimeSpan.FromSeconds(60));
        Assert.True(run.Failures.Count == 0, string.Join('\n', run.Failures.Select(failure => failure.Problem)));
        Assert.True(run.Runs > 1000 && run.Accepted > 0);
    }
}
