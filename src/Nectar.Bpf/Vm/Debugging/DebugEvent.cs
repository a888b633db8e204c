// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>A record that a program put into a ring buffer.</summary>
/// <param name="Run">The run that did.</param>
/// <param name="Map">The ring buffer's name.</param>
/// <param name="Record">The record.</param>
public sealed record DebugEvent(int Run, string Map, byte[] Record);

/// <summary>Empties ring buffers behind each run, so that they do not fill up where a reader would be.</summary>
internal sealed class DebugEventReader : IDisposable
{
    /// <summary>Records that are kept.</summary>
    private const int Kept = 10_000;

    private readonly List<RingBufferReader> _readers = [];
    private readonly List<DebugEvent> _events;

    internal DebugEventReader(VmObject loaded, List<DebugEvent> events)
    {
        _events = events;
        foreach (BpfMap map in loaded.Maps)
        {
            if (map.Definition.Type == MapType.RingBuf) _readers.Add(new RingBufferReader(map));
        }
    }

    internal void Drain(int run)
    {
        foreach (RingBufferReader reader in _readers)
        {
            reader.Read(record =>
            {
                if (_events.Count < Kept) _events.Add(new DebugEvent(run, reader.Name, record.ToArray()));
                return true;
            });
        }
    }

    public void Dispose()
    {
        foreach (RingBufferReader reader in _readers) reader.Dispose();
    }
}
