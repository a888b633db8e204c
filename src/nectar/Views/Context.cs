// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text.Json;
using Nectar.Linux.Inspection;

namespace Nectar.Cli.Views;

/// <summary>What every listing of objects shows beside the object: where it is pinned and who holds it.</summary>
internal sealed class Context
{
    private readonly PinnedObjects _pins = PinnedObjects.Read();
    private readonly ObjectHolders _holders = ObjectHolders.Read();

    internal void WriteText(KernelObjectKind kind, uint id, TextWriter text)
    {
        foreach (string path in _pins.PathsOf(kind, id)) text.Write($"\n\tpinned {path}");
        IReadOnlyList<ObjectHolder> holders = _holders.Of(kind, id);
        if (holders.Count > 0) text.Write("\n\tpids " + string.Join(",", holders.Select(h => FormattableString.Invariant($"{h.Name}({h.Pid})"))));
    }

    internal void WriteJson(KernelObjectKind kind, uint id, Utf8JsonWriter json)
    {
        if (_pins.PathsOf(kind, id) is { Count: > 0 } paths)
        {
            json.WriteStartArray("pinned");
            foreach (string path in paths) json.WriteStringValue(path);
            json.WriteEndArray();
        }

        if (_holders.Of(kind, id) is not { Count: > 0 } holders) return;
        json.WriteStartArray("pids");
        foreach (ObjectHolder holder in holders)
        {
            json.WriteStartObject();
            json.WriteNumber("pid", holder.Pid);
            json.WriteString("comm", holder.Name);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Names of who holds an object, for a narrow column.</summary>
    internal string Who(KernelObjectKind kind, uint id) => string.Join(",", _holders.Of(kind, id).Select(h => FormattableString.Invariant($"{h.Name}({h.Pid})")));
}
