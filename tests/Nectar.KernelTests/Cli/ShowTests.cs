// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;

namespace Nectar.KernelTests.Cli;

/// <summary>Listings and dumps say what bpftool says about the same objects.</summary>
public sealed class ShowTests(InspectedObject inspected) : IClassFixture<InspectedObject>
{
    [InspectFact]
    public void ProgShow_AgreesWithBpftool()
    {
        JsonElement theirs = InspectedObject.BpftoolJson("prog", "show", "pinned", inspected.Program);
        uint id = theirs.GetProperty("id").GetUInt32();
        JsonElement ours = NectarCommand.Json("prog", "show", "id", id.ToString())[0];
        AssertSame(theirs, ours, "id", "type", "name", "tag", "gpl_compatible", "uid", "bytes_xlated", "jited", "bytes_jited", "bytes_memlock", "map_ids", "btf_id");
        Assert.InRange(ours.GetProperty("loaded_at").GetInt64() - theirs.GetProperty("loaded_at").GetInt64(), -2, 2);
        Assert.Equal(inspected.Program, ours.GetProperty("pinned")[0].GetString());
        Assert.Equal("inspect_packet_with_long_name", ours.GetProperty("name").GetString());

        foreach (string[] reference in new[] { ["pinned", inspected.Program], ["tag", ours.GetProperty("tag").GetString()!], ["name", "inspect_packet_with_long_name"], new[] { inspected.Program }, [id.ToString()] })
            Assert.Contains(NectarCommand.Json(["prog", "show", .. reference]).EnumerateArray(), p => p.GetProperty("id").GetUInt32() == id);
        string text = NectarCommand.Output("prog", "list");
        Assert.Contains($"{id}: xdp  name inspect_packet_with_long_name  tag ", text);
        Assert.Contains($"pinned {inspected.Program}", text);
    }

    [InspectFact]
    public void MapShow_AgreesWithBpftool()
    {
        foreach (string name in new[] { "flows", "per_cpu", "waiting", "samples" })
        {
            JsonElement theirs = InspectedObject.BpftoolJson("map", "show", "pinned", $"{inspected.Maps}/{name}");
            JsonElement ours = NectarCommand.Json("map", "show", "pinned", $"{inspected.Maps}/{name}")[0];
            AssertSame(theirs, ours, "id", "type", "name", "flags", "bytes_key", "bytes_value", "max_entries", "bytes_memlock", "frozen");
            if (theirs.TryGetProperty("btf_id", out _)) AssertSame(theirs, ours, "btf_id");
        }

        Assert.Contains("frozen", NectarCommand.Output("map", "show", inspected.Maps + "/" + Path.GetFileName(Directory.GetFiles(inspected.Maps, "*rodata")[0])));
    }

    [InspectFact]
    public void DumpXlated_PrintsWhatBpftoolPrints()
    {
        string[] pin = ["pinned", inspected.Program];
        AssertSameLines(InspectedObject.Bpftool(["prog", "dump", "xlated", .. pin]), NectarCommand.Output(["prog", "dump", "xlated", .. pin]));
        AssertSameLines(InspectedObject.Bpftool(["prog", "dump", "xlated", .. pin, "opcodes"]), NectarCommand.Output(["prog", "dump", "xlated", .. pin, "opcodes"]));
        AssertSameLines(InspectedObject.Bpftool(["prog", "dump", "xlated", .. pin, "linum"]), NectarCommand.Output(["prog", "dump", "xlated", .. pin, "linum"]));
        JsonElement theirs = InspectedObject.BpftoolJson(["prog", "dump", "xlated", .. pin, "opcodes"]), ours = NectarCommand.Json(["prog", "dump", "xlated", .. pin, "opcodes"]);
        AssertSameLines(Normal(theirs).Replace("},{", "}\n{"), Normal(ours).Replace("},{", "}\n{"));
    }

    [InspectFact]
    public void DumpXlated_File_HasTheSameBytes()
    {
        string ours = Path.GetTempFileName(), theirs = Path.GetTempFileName();
        try
        {
            NectarCommand.Output("prog", "dump", "xlated", inspected.Program, "file", ours);
            InspectedObject.Bpftool("prog", "dump", "xlated", "pinned", inspected.Program, "file", theirs);
            Assert.Equal(File.ReadAllBytes(theirs), File.ReadAllBytes(ours));
            NectarCommand.Output("prog", "dump", "jited", inspected.Program, "file", ours);
            Assert.Equal(InspectedObject.BpftoolJson("prog", "show", "pinned", inspected.Program).GetProperty("bytes_jited").GetInt64(), new FileInfo(ours).Length);
        }
        finally
        {
            File.Delete(ours);
            File.Delete(theirs);
        }
    }

    [InspectFact]
    public void DumpJited_NamesCallsAndLines()
    {
        string text = NectarCommand.Output("prog", "dump", "jited", inspected.Program, "linum");
        Assert.Contains("int inspect_packet_with_long_name(struct xdp_md * ctx):", text);
        Assert.Contains("; total += length; [file:", text);
        Assert.Contains("_classify", text);
        if (System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64) Assert.Contains("call   __htab_map_lookup_elem", text);
        JsonElement functions = NectarCommand.Json("prog", "dump", "jited", inspected.Program, "opcodes");
        Assert.Equal(2, functions.GetArrayLength());
        Assert.StartsWith("digraph", NectarCommand.Output("prog", "dump", "xlated", inspected.Program, "visual"));
    }

    [InspectFact]
    public void WrongWords_AreErrorsWithoutStackTraces()
    {
        Assert.Contains("NEC4701", NectarCommand.Run(1, "prog", "show", "id", "4294967294"));
        Assert.Contains("NEC4703", NectarCommand.Run(2, "prog", "dump", "frob"));
        Assert.Contains("NEC4703", NectarCommand.Run(2, "prog", "show", "id", "x"));
        Assert.Contains("a map is pinned there", NectarCommand.Run(1, "prog", "show", "pinned", $"{inspected.Maps}/flows"));
    }

    internal static void AssertSame(JsonElement theirs, JsonElement ours, params string[] names)
    {
        foreach (string name in names) Assert.Equal($"{name}: {Normal(theirs.GetProperty(name))}", $"{name}: {Normal(ours.GetProperty(name))}");
    }

    internal static string Normal(JsonElement element) => JsonSerializer.Serialize(element);

    private static void AssertSameLines(string theirs, string ours)
    {
        // this bpftool is older than moves of per-CPU addresses
        string[] expected = theirs.TrimEnd().Split('\n'), actual = ours.TrimEnd().Split('\n');
        for (int i = 0; i < Math.Min(expected.Length, actual.Length); i++)
        {
            if (actual[i].Contains("__percpu", StringComparison.Ordinal)) continue;
            Assert.Equal(expected[i], actual[i]);
        }

        Assert.Equal(expected.Length, actual.Length);
    }
}
