// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;

namespace Nectar.Cli;

/// <summary>Reads the records of all ring buffers of a loaded object, knows their type, and keeps the first of them.</summary>
internal sealed class Events : IDisposable
{
    private readonly int _keep;

    internal Events(VmObject loaded, string? recordType, int keep)
    {
        _keep = keep;
        foreach (BpfMap map in loaded.Maps)
        {
            if (map.Definition.Type == MapType.RingBuf) Sources.Add(new Source(map, new RingBufferReader(map), RecordTypes.Find(loaded.Source.Types, map.Definition, recordType)));
        }
    }

    internal List<Source> Sources { get; } = [];

    /// <summary>Takes all records out of the ring buffers.</summary>
    internal void Drain()
    {
        foreach (Source source in Sources)
        {
            source.Reader.Read(record =>
            {
                if (source.Count++ < _keep) source.Records.Add(record.ToArray());
                return true;
            });
        }
    }

    public void Dispose()
    {
        foreach (Source source in Sources) source.Reader.Dispose();
    }

    /// <summary>One ring buffer.</summary>
    internal sealed class Source(BpfMap map, RingBufferReader reader, uint typeId)
    {
        internal BpfMap Map { get; } = map;

        internal RingBufferReader Reader { get; } = reader;

        internal uint TypeId { get; } = typeId;

        internal long Count { get; set; }

        internal List<byte[]> Records { get; } = [];
    }
}
