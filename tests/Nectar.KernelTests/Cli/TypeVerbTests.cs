// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Cli;

/// <summary>Types of loaded objects, iterators and features.</summary>
public sealed class TypeVerbTests(InspectedObject inspected) : IClassFixture<InspectedObject>
{
    [InspectFact]
    public void BtfList_AgreesWithBpftool()
    {
        uint id = InspectedObject.BpftoolJson("prog", "show", "pinned", inspected.Program).GetProperty("btf_id").GetUInt32();
        JsonElement theirs = InspectedObject.BpftoolJson("btf", "show", "id", id.ToString()), ours = NectarCommand.Json("btf", "list", "id", id.ToString());
        if (theirs.ValueKind == JsonValueKind.Array) theirs = theirs[0];
        ShowTests.AssertSame(theirs, ours[0], "id", "size", "prog_ids", "kernel");
        Assert.Equal(theirs.GetProperty("map_ids").EnumerateArray().Select(map => map.GetUInt32()).Order(), ours[0].GetProperty("map_ids").EnumerateArray().Select(map => map.GetUInt32()));
        Assert.Contains("name [vmlinux]", NectarCommand.Output("btf", "list"));
    }

    [InspectFact]
    public void BtfDump_OfProgramMapAndId_AgreesWithBpftool()
    {
        string theirs = InspectedObject.Bpftool("btf", "dump", "prog", "pinned", inspected.Program, "format", "raw");
        Assert.Equal(theirs.Trim(), NectarCommand.Output("btf", "dump", "prog", "pinned", inspected.Program, "format", "raw").Trim());
        string value = NectarCommand.Output("btf", "dump", "map", "pinned", $"{inspected.Maps}/flows", "value");
        Assert.Contains("struct value {", value);
        Assert.DoesNotContain("struct key {", value);
    }

    [BpfFact]
    public void Iter_PrintsWhatTheProgramWrites_AndPins()
    {
        string text = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".bpfasm"), pin = $"/sys/fs/bpf/nectar-iter-{Environment.ProcessId}";
        try
        {
            // one line for each task
            File.WriteAllText(text, """
                .license "GPL"
                .section "iter/task"
                .global show
                show:
                    r2 = *(u64 *)(r1 + 8)
                    if r2 == 0 goto done
                    r1 = *(u64 *)(r1 + 0)
                    r1 = *(u64 *)(r1 + 0)
                    r3 = 0x0a6b736174
                    *(u64 *)(r10 - 8) = r3
                    r2 = r10
                    r2 += -8
                    r3 = 5
                    call bpf_seq_write
                done:
                    r0 = 0
                    exit
                """.Replace("r3 = 0x0a6b736174", "r3 = 0x0a6b736174 ll", StringComparison.Ordinal));
            int tasks = Directory.GetDirectories("/proc").Count(path => int.TryParse(Path.GetFileName(path), out _));
            string[] lines = NectarCommand.Output("iter", text).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.All(lines, line => Assert.Equal("task", line));
            Assert.True(lines.Length >= tasks / 2, $"{lines.Length} lines for {tasks} processes");
            NectarCommand.Output("iter", "pin", text, pin);
            Assert.StartsWith("task\n", File.ReadAllText(pin));
        }
        finally
        {
            File.Delete(text);
            File.Delete(pin);
        }
    }

    [InspectFact]
    public void FeatureProbe_AgreesWithBpftool_OnKindsThatItKnows()
    {
        JsonElement theirs = InspectedObject.BpftoolJson("feature", "probe", "kernel"), ours = NectarCommand.Json("feature", "probe");
        foreach (string group in new[] { "program_types", "map_types" })
        {
            foreach (JsonProperty type in theirs.GetProperty(group).EnumerateObject())
            {
                if (!ours.GetProperty(group).TryGetProperty(type.Name, out JsonElement our)) continue;
                // this bpftool probes kinds that need more than a number (struct_ops, storage) in ways of its own
                if (type.Value.GetBoolean()) Assert.True(our.GetBoolean(), type.Name);
            }
        }

        string[] known = [.. theirs.GetProperty("helpers").GetProperty("xdp_available_helpers").EnumerateArray().Select(h => h.GetString()!)];
        string[] found = [.. ours.GetProperty("helpers").GetProperty("xdp_available_helpers").EnumerateArray().Select(h => h.GetString()!)];
        // it takes more refusals for a yes than we do, and knows fewer helpers
        Assert.DoesNotContain(found.Except(known), name => !name.StartsWith("bpf_cgrp_storage", StringComparison.Ordinal));
        Assert.Contains("bpf_map_lookup_elem", found);
        Assert.DoesNotContain("bpf_skb_store_bytes", found);
        Assert.Contains("needs Linux", NectarCommand.Output("feature", "probe"));
        Assert.Contains("ringbuf", NectarCommand.Output("feature", "list_builtins", "map_types"));
    }
}
