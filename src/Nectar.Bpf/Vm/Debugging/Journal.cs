// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Debugging;

/// <summary>What the user changed, and where in the run: it is changed again whenever the run is repeated.</summary>
internal sealed class Journal
{
    private readonly List<Entry> _entries = [];

    /// <summary>True if something was changed in a run.</summary>
    internal bool Touches(int run) => _entries.Exists(e => e.Run == run);

    /// <summary>Adds a change; what was changed further on belongs to a future that will not come.</summary>
    internal void Add(int run, long step, Action change)
    {
        _entries.RemoveAll(e => e.Run > run || (e.Run == run && e.Step > step));
        _entries.Add(new Entry(run, step, change));
    }

    internal void Apply(int run, long step)
    {
        if (_entries.Count == 0) return;
        foreach (Entry entry in _entries)
        {
            if (entry.Run == run && entry.Step == step) entry.Change();
        }
    }

    private readonly record struct Entry(int Run, long Step, Action Change);
}
