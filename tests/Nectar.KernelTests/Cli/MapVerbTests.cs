// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;

namespace Nectar.KernelTests.Cli;

/// <summary>Elements that the command writes are what bpftool reads, and the other way round.</summary>
public sealed class MapVerbTests(InspectedObject inspected) : IClassFixture<InspectedObject>
{
    private string Flows => $"{inspected.Maps}/flows";

    [InspectFact]
    public void Update_TypedHash_DumpsAsBpftoolDoes()
    {
        string[] key = ["key", "hex", "0a000001", "50000000"];
        string value = "0807060504030201" + "fd" + "01" + "0000" + "07000000" + "2a000000" + "6e656374617200ff" + "0500" + "010203" + new string('0', 2 * 7) + "0010000000000000";
        value = value[..(2 * 48)].PadRight(96, '0');
        NectarCommand.Output(["map", "update", "pinned", Flows, .. key, "value", "hex", value]);
        JsonElement theirs = InspectedObject.BpftoolJson("map", "dump", "pinned", Flows), ours = NectarCommand.Json("map", "dump", Flows);
        Assert.Equal(1, ours.GetArrayLength());
        ShowTests.AssertSame(theirs[0], ours[0], "key", "value");
        JsonElement their = theirs[0].GetProperty("formatted"), our = ours[0].GetProperty("formatted");
        ShowTests.AssertSame(their, our, "key");
        ShowTests.AssertSame(their.GetProperty("value"), our.GetProperty("value"), "packets", "level", "flag", "colour", "bytes");
        Assert.Equal(42, our.GetProperty("value").GetProperty("inner").GetProperty("a").GetInt32());
        Assert.Contains("\"colour\": \"GREEN\"", NectarCommand.Output("map", "dump", Flows));
        Assert.Contains("\"packets\"", NectarCommand.Output(["map", "lookup", Flows, .. key]));
        Assert.Equal(ShowTests.Normal(InspectedObject.BpftoolJson(["map", "getnext", "pinned", Flows])), ShowTests.Normal(NectarCommand.Json("map", "getnext", Flows)));

        Assert.Contains("NEC4705", NectarCommand.Run(1, ["map", "update", Flows, .. key, "value", "hex", value, "noexist"]));
        NectarCommand.Output(["map", "delete", Flows, .. key]);
        Assert.Contains("Not found", NectarCommand.Run(1, ["map", "lookup", Flows, .. key]));
        Assert.Contains("NEC4705", NectarCommand.Run(1, ["map", "delete", Flows, .. key]));
        Assert.Contains("NEC4705", NectarCommand.Run(1, "map", "lookup", Flows, "key", "1", "2", "3"));
        Assert.Equal("[]", NectarCommand.Output("map", "dump", Flows).Trim());

        NectarCommand.Output("map", "update", Flows, "key", "{address: 1, port: 80}", "value", "{packets: 5, colour: GREEN}");
        JsonElement typed = Assert.Single(NectarCommand.Json("map", "dump", Flows).EnumerateArray().ToArray()).GetProperty("formatted");
        Assert.Equal((80, 5, "GREEN"), (typed.GetProperty("key").GetProperty("port").GetInt32(), typed.GetProperty("value").GetProperty("packets").GetInt32(), typed.GetProperty("value").GetProperty("colour").GetString()));
        NectarCommand.Output("map", "delete", Flows, "key", "{address: 1, port: 80}");
    }

    [InspectFact]
    public void Update_PerCpuArray_ByNumber_SetsAllProcessors()
    {
        string map = $"{inspected.Maps}/per_cpu";
        NectarCommand.Output("map", "update", map, "key", "1", "value", "300");
        Assert.Equal(ShowTests.Normal(InspectedObject.BpftoolJson("map", "dump", "pinned", map)), ShowTests.Normal(NectarCommand.Json("map", "dump", map)));
        JsonElement values = NectarCommand.Json("map", "lookup", map, "key", "1").GetProperty("formatted").GetProperty("values");
        Assert.All(values.EnumerateArray(), cpu => Assert.Equal(300, cpu.GetProperty("value").GetInt32()));
    }

    [InspectFact]
    public void Queue_TakesAndGivesInOrder()
    {
        string map = $"{inspected.Maps}/waiting";
        NectarCommand.Output("map", "enqueue", map, "value", "7");
        InspectedObject.Bpftool("map", "enqueue", "pinned", map, "value", "9", "0", "0", "0");
        Assert.Equal("value: 07 00 00 00", NectarCommand.Output("map", "peek", map).Trim());
        Assert.Equal(ShowTests.Normal(InspectedObject.BpftoolJson("map", "peek", "pinned", map)), ShowTests.Normal(NectarCommand.Json("map", "peek", map)));
        Assert.Equal("value: 07 00 00 00", NectarCommand.Output("map", "dequeue", map).Trim());
        Assert.Equal("value: 09 00 00 00", NectarCommand.Output("map", "dequeue", map).Trim());
        Assert.Contains("empty", NectarCommand.Run(1, "map", "dequeue", map));
    }

    [InspectFact]
    public void Create_MapOfMaps_HoldsAMap_AndFreezes()
    {
        string inner = $"{inspected.Maps}/made_inner", outer = $"{inspected.Maps}/made_outer";
        NectarCommand.Output("map", "create", inner, "type", "hash", "key", "4", "value", "8", "entries", "16", "name", "made_inner");
        NectarCommand.Output("map", "create", outer, "type", "array_of_maps", "key", "4", "value", "4", "entries", "2", "name", "made_outer", "inner_map", "pinned", inner);
        NectarCommand.Output("map", "update", outer, "key", "1", "value", "map", "pinned", inner);
        uint id = InspectedObject.BpftoolJson("map", "show", "pinned", inner).GetProperty("id").GetUInt32();
        JsonElement elements = NectarCommand.Json("map", "dump", outer);
        Assert.Equal(1, elements.GetArrayLength());
        Assert.Equal(ShowTests.Normal(InspectedObject.BpftoolJson("map", "dump", "pinned", outer)[0].GetProperty("key")), ShowTests.Normal(elements[0].GetProperty("key")));
        Assert.Equal($"0x{id & 0xff:x2}", elements[0].GetProperty("value")[0].GetString());

        NectarCommand.Output("map", "freeze", inner);
        Assert.Contains("frozen", NectarCommand.Output("map", "show", inner));
        Assert.Contains("the map is frozen", NectarCommand.Run(1, "map", "update", inner, "key", "1", "value", "1"));
    }
}
