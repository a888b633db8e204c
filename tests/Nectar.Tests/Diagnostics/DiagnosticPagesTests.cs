// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection;
using Nectar.Bpf.Diagnostics;
using Nectar.Capture.Pcap;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Diagnostics;

public sealed class DiagnosticPagesTests
{
    [Fact]
    public void EveryCode_OfTheLibraries_HasAnEntryInTheDocs()
    {
        string text = string.Concat(Directory.GetFiles(Path.Combine(Repository.Root, "docs", "diagnostics"), "*.md").Select(File.ReadAllText));
        string[] missing = [.. Codes().Where(code => !text.Contains($"## {code.Code}", StringComparison.Ordinal)).Select(code => $"{code.Code} ({code.Name})").Distinct()];
        Assert.True(missing.Length == 0, "no entry in docs/diagnostics for: " + string.Join(", ", missing));
    }

    [Fact]
    public void EveryCode_IsUsedForOneThing()
    {
        string[] twice = [.. Codes().DistinctBy(code => code.Name).GroupBy(code => code.Code).Where(group => group.Count() > 1).Select(group => $"{group.Key}: {string.Join(", ", group.Select(code => code.Name))}")];
        // ObjectCodes lists the linker's code among its own
        Assert.DoesNotContain(twice, line => !line.Contains("UnresolvedSymbol", StringComparison.Ordinal));
    }

    private static IEnumerable<(DiagnosticCode Code, string Name)> Codes() =>
        from assembly in new[] { typeof(DiagnosticCode).Assembly, typeof(CaptureReader).Assembly, typeof(Nectar.Debugging.SourceFiles).Assembly, typeof(Linux.Syscalls.KernelHandle).Assembly, typeof(Nectar.Probes.ProbeCodes).Assembly }
        from type in assembly.GetTypes()
        from field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        where field.FieldType == typeof(DiagnosticCode)
        select ((DiagnosticCode)field.GetValue(null)!, $"{type.Name}.{field.Name}");
}
