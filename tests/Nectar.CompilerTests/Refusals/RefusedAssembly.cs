// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.CompilerTests.Refusals;

/// <summary>The C# in tests/golden/compiler-refused as one library: what no program can be made of, one class <c>Case</c> a namespace.</summary>
internal static class RefusedAssembly
{
    internal const string Folder = "compiler-refused";

    private static readonly Lazy<string> s_path = new(() => CSharp.Compile("refused", GoldenFile.All(Folder).Select(golden => (golden.Name + ".cs", Source(golden)))));

    internal static string Path => s_path.Value;

    internal static string Class(string name) => $"Refused.{name.Replace('-', '_')}.Case";

    // The case's first line is the second of its file.
    private static string Source(GoldenFile golden) => $"namespace Refused.{golden.Name.Replace('-', '_')};\n{golden["source"]}";
}
