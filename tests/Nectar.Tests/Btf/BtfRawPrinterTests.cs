// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Btf;

/// <summary>The text is bpftool's, so bpftool is the judge.</summary>
public sealed class BtfRawPrinterTests
{
    [KernelBtfFact("bpftool")]
    public void PrintAll_RunningKernel_IsBpftoolsText()
    {
        Assert.Equal(ByBpftool(KernelBtfFact.Path), Print(BtfTypes.Parse(File.ReadAllBytes(KernelBtfFact.Path))));
    }

    [ToolFact("bpftool", "clang-19")]
    public void PrintAll_CompiledObjects_IsBpftoolsText()
    {
        foreach (string fixture in new[] { "btf_kinds.bpf.c", "core_kernel.bpf.c", "everything.bpf.c" })
        {
            byte[] file = Clang.Compile(Path.Combine(Clang.Fixtures, fixture));
            string path = Path.GetTempFileName();
            File.WriteAllBytes(path, file);
            try
            {
                Assert.Equal(ByBpftool(path), Print(ObjectReader.ReadTypes(file)!));
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    [Fact]
    public void Print_OneType_IsItsRecord()
    {
        BtfBuilder builder = new();
        builder.AddInt("bool", 1, BtfIntEncoding.Bool);
        builder.AddComposite(BtfKind.Struct, "", 1, [new("b", 1, 0, 3)]);
        using MemoryStream stream = new();
        BtfRawPrinter.Print(builder.Build(), 2, stream);
        Assert.Equal("[2] STRUCT '(anon)' size=1 vlen=1\n\t'b' type_id=1 bits_offset=0 bitfield_size=3\n", Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static string ByBpftool(string path)
    {
        (int code, string output, string error) = TestEnvironment.Run(TestEnvironment.FindTool("bpftool")!, "btf", "dump", "file", path, "format", "raw");
        Assert.True(code == 0, error);
        return output;
    }

    private static string Print(BtfTypes types)
    {
        using MemoryStream stream = new();
        BtfRawPrinter.PrintAll(types, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
