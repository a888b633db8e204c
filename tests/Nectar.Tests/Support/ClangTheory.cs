// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Xunit;

namespace Nectar.Tests.Support;

/// <summary>A test that compiles C with one compiler.</summary>
public sealed class ClangFact : FactAttribute
{
    public ClangFact(string version = "19", string? tool = null) =>
        Skip = Clang.Missing(version) ?? (tool is not null && TestEnvironment.FindTool(tool) is null ? $"'{tool}' is not installed" : null);
}

/// <summary>A test that compiles C with each compiler that is here; skipped if none is.</summary>
public sealed class ClangTheory : TheoryAttribute
{
    public ClangTheory()
    {
        if (Clang.Versions.All(version => Clang.Missing(version) is not null)) Skip = Clang.Missing(Clang.Versions[0]);
    }
}
