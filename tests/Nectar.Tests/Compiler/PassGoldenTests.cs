// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Compiler;

/// <summary>
/// Files of tests/golden/compiler/passes: IR, and what is left of it after the passes that a heading names. <c>NECTAR_GOLDEN=update</c> writes
/// the results anew.
/// </summary>
public sealed class PassGoldenTests
{
    private static string Folder => Path.Combine(Repository.Root, "tests", "golden", "compiler", "passes");

    public static TheoryData<string> Names() => new(Directory.GetFiles(Folder, "*.golden").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Passes_leave_what_the_file_says(string name)
    {
        string path = Path.Combine(Folder, name + ".golden"), text = File.ReadAllText(path);
        string[] parts = text.Split("\n-- ");
        string source = parts.Single(part => part.StartsWith("ir\n", StringComparison.Ordinal))[3..];
        StringBuilder result = new(parts[0]);
        foreach (string part in parts.Skip(1))
        {
            string heading = part[..part.IndexOf('\n', StringComparison.Ordinal)];
            result.Append("\n-- ").Append(heading).Append('\n');
            if (heading == "ir") result.Append(source);
            else if (heading.StartsWith("after ", StringComparison.Ordinal)) result.Append(After(heading[6..].Split(' '), source));
            else Assert.Fail($"{path}: no section '{heading}'");
        }

        string actual = result.ToString().TrimEnd('\n') + "\n";
        if (Environment.GetEnvironmentVariable("NECTAR_GOLDEN") == "update") File.WriteAllText(path, actual);
        else Assert.Equal(text, actual);
    }

    private static string After(string[] names, string source)
    {
        IrModule module = IrModules.New();
        List<IrFunction> functions = IrParser.ParseAll(source, module);
        PassContext context = new(module, new DiagnosticBag());
        StringBuilder text = new();
        foreach (IrFunction function in functions)
        {
            Assert.Null(IrChecker.Check(function));
            foreach (string name in names)
            {
                Pass pass = PassPipeline.Find(name) ?? throw new InvalidOperationException($"no pass '{name}'");
                pass.Run(function, context);
                Assert.Null(IrChecker.Check(function));
            }

            text.Append(IrPrinter.Print(function));
        }

        return text.ToString();
    }
}
