// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Asm;
using Nectar.Compiler.Codegen;
using Nectar.Compiler.Ir;
using Nectar.Compiler.Passes;

namespace Nectar.CompilerTests.Codegen;

/// <summary>
/// Files of tests/golden/compiler/code: IR, and the code of it for the cpu versions that the headings name. <c>NECTAR_GOLDEN=update</c> writes the
/// code anew.
/// </summary>
public sealed class CodeGoldenTests
{
    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests/golden/compiler/code"), "*.golden").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Code_is_as_recorded(string name)
    {
        string path = Path.Combine(Repository.Root, $"tests/golden/compiler/code/{name}.golden");
        string recorded = File.ReadAllText(path);
        string[] sections = recorded.Split("-- ", StringSplitOptions.None);
        string ir = Assert.Single(sections, section => section.StartsWith("ir\n", StringComparison.Ordinal))[3..];
        StringBuilder text = new();
        text.Append(sections[0]).Append("-- ir\n").Append(ir);
        string[] versions = [.. sections.Where(section => section.StartsWith('v')).Select(section => section[..2])];
        Assert.NotEmpty(versions);
        foreach (string version in versions)
        {
            IrModule module = new() { Name = "golden", Target = new CompilationTarget(version[1] - '0') };
            module.Maps.Add(new MapSymbol(new MapDefinition { Name = "counts", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 64 }));
            module.Globals.Add(new GlobalSymbol { Name = "total", Section = ".bss", Bytes = new byte[16] });
            IrFunction function = IrParser.Parse(ir, module);
            Assert.Null(IrChecker.Check(function));
            CompiledFunction code = CodeGenerator.Generate(function, new PassContext(module, new DiagnosticBag()))!;
            text.Append("-- ").Append(version).Append('\n').Append(Disassembler.ToText(code.Instructions));
        }

        if (Environment.GetEnvironmentVariable("NECTAR_GOLDEN") == "update") File.WriteAllText(path, text.ToString());
        else Assert.Equal(recorded, text.ToString());
    }
}
