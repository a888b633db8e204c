// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;
using System.Xml.Linq;
using Nectar.KernelTests.Support;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.KernelTests.Cli;

/// <summary>The verb <c>verify</c>, as users call it.</summary>
public sealed class VerifyVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nectar-verify").FullName;

    private static string Sample(string name) => Path.Combine(Repository.Root, "samples", "refused", name + ".bpfasm");

    private string Temporary(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Table_HasVerdictsAndCounts_AndWhyExplains()
    {
        string table = NectarCommand.Run(1, "verify", Sample("null-passed"), Sample("context-field"), "--sort", "walked:desc");
        Assert.Contains("4 programs, 2 accepted, 2 refused", table, StringComparison.Ordinal);
        Assert.True(table.IndexOf("null-passed", StringComparison.Ordinal) < table.IndexOf("context-field", StringComparison.Ordinal));
        Assert.Contains("1 programs, 1 accepted", NectarCommand.Output("verify", Sample("null-passed"), "--filter", "mended", "-f", "walked>5"), StringComparison.Ordinal);
        string why = NectarCommand.Run(1, "verify", Sample("null-passed"), "--filter", "verdict=refuse", "--why");
        Assert.Contains(">>>   13 |     call bpf_map_lookup_elem", why, StringComparison.Ordinal);
        Assert.Contains("help: ", why, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_IsComparedWithLater()
    {
        string json = NectarCommand.Run(1, "verify", Sample("null-passed"), "--json");
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal("Refuse", document.RootElement[0].GetProperty("verdict").GetString());
        Assert.Equal("CallType", document.RootElement[0].GetProperty("explanation").GetProperty("category").GetString());
        File.WriteAllText(Temporary("same.json"), json);
        Assert.Contains("0 regressions", NectarCommand.Output("verify", Sample("null-passed"), "--compare", Temporary("same.json")), StringComparison.Ordinal);
        File.WriteAllText(Temporary("better.json"), json.Replace("\"verdict\": \"Refuse\"", "\"verdict\": \"Accept\"", StringComparison.Ordinal));
        string broken = NectarCommand.Run(1, "verify", Sample("null-passed"), "--compare", Temporary("better.json"));
        Assert.Contains("! broken", broken, StringComparison.Ordinal);
        Assert.Contains("accept -> refuse", broken, StringComparison.Ordinal);
        File.WriteAllText(Temporary("bad.json"), "[1]");
        Assert.Contains("NEC5203", NectarCommand.Run(2, "verify", Sample("null-passed"), "--compare", Temporary("bad.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Kernels_SayWhereItWouldLoad()
    {
        string matrix = NectarCommand.Run(1, "verify", Sample("callback-missing"), "--filter", "mended", "--kernel", "all");
        Assert.Contains("no   no    no    yes  yes  yes   yes", matrix, StringComparison.Ordinal);
        Assert.Contains("bpf_loop", matrix, StringComparison.Ordinal);
        NectarCommand.Output("verify", Sample("callback-missing"), "--filter", "mended", "--kernel", "6.1");
        NectarCommand.Output("verify", Sample("context-field"), "--filter", "mended", "--kernel", "5.4"); // whose loads do not look at the type of attachment
        Assert.Contains("NEC5201", NectarCommand.Run(2, "verify", Sample("callback-missing"), "--kernel", "six"), StringComparison.Ordinal);
    }

    [Fact]
    public void States_Sarif_AndGraph_AreWritten()
    {
        string states = NectarCommand.Output("verify", Sample("loop-forever"), "--filter", "mended", "--states", "--sarif", Temporary("none.sarif"), "--cfg", Temporary("loop.svg"));
        Assert.Contains("if r1 != 16 goto again", states, StringComparison.Ordinal);
        Assert.True(XDocument.Load(Temporary("loop.svg")).Root!.Elements().Count() > 4);
        using JsonDocument sarif = JsonDocument.Parse(File.ReadAllText(Temporary("none.sarif")));
        Assert.Equal(0, sarif.RootElement.GetProperty("runs")[0].GetProperty("results").GetArrayLength());
        Assert.Contains("16  ", NectarCommand.Output("verify", Sample("loop-forever"), "--filter", "mended", "--listing"), StringComparison.Ordinal);
        NectarCommand.Run(1, "verify", Sample("loop-forever"), "-f", "refused", "--sarif", Temporary("one.sarif"), "--cfg", Temporary("loop.dot"));
        using JsonDocument one = JsonDocument.Parse(File.ReadAllText(Temporary("one.sarif")));
        Assert.Equal("NEC3623", one.RootElement.GetProperty("runs")[0].GetProperty("results")[0].GetProperty("ruleId").GetString());
        Assert.StartsWith("digraph", File.ReadAllText(Temporary("loop.dot")), StringComparison.Ordinal);
        Assert.Contains("NEC5204", NectarCommand.Run(2, "verify", Sample("loop-forever"), "--cfg", Temporary("two.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public void FrontEndsThatDoNotExist_AreNamed()
    {
        Assert.Contains("NEC5202", NectarCommand.Run(2, "verify", "-e", "tracepoint:syscalls:sys_enter_open { }"), StringComparison.Ordinal);
        Assert.Contains("NEC0002", NectarCommand.Run(1, "verify", "Program.cs"), StringComparison.Ordinal);
        Assert.Contains("NEC5201", NectarCommand.Run(2, "verify"), StringComparison.Ordinal);
        Assert.Contains("there is no column 'size'", NectarCommand.Run(2, "verify", Sample("loop-forever"), "--sort", "size"), StringComparison.Ordinal);
    }

    [BpfFact]
    public void BesideKernel_ShowsBoth()
    {
        using JsonDocument both = JsonDocument.Parse(NectarCommand.Run(1, "verify", Sample("released-twice"), "--beside-kernel", "--json"));
        foreach (JsonElement program in both.RootElement.EnumerateArray())
        {
            JsonElement kernel = program.GetProperty("besideKernel");
            Assert.Equal(program.GetProperty("verdict").GetString(), kernel.GetProperty("verdict").GetString());
            Assert.Equal(program.GetProperty("walked").GetInt64(), kernel.GetProperty("walked").GetInt64());
        }
    }
}
