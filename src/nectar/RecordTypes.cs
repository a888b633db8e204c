// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;

namespace Nectar.Cli;

/// <summary>Types of the records of ring and perf buffers, which say nothing about themselves.</summary>
internal static class RecordTypes
{
    /// <summary>
    /// The type of a map's records: as asked for; as the map says, or a typedef <c>events_record</c>; else the struct that is named like the map
    /// (<c>events</c>: <c>event</c>, <c>event_t</c>).
    /// </summary>
    internal static uint Find(BtfTypes? types, MapDefinition map, string? asked)
    {
        if (types is null) return 0;
        if (asked is not null) return types.FindByName(asked, BtfKind.Struct) is var id and not 0 ? id : types.FindByName(asked, BtfKind.Typedef);
        if (map.ValueTypeId != 0) return map.ValueTypeId;
        if (types.FindByName(map.Name + "_record", BtfKind.Typedef) is var declared and not 0) return declared; // as the C# compiler says it
        string singular = map.Name.TrimStart('_').TrimEnd('s');
        foreach (string name in new[] { map.Name, singular, singular + "_t", singular + "_info", singular + "_data" })
        {
            if (types.FindByName(name, BtfKind.Struct) is var found and not 0) return found;
        }

        return 0;
    }
}
