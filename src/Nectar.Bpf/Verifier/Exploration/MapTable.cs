// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>The maps of a program by index; the templates of inner maps follow the program's own.</summary>
internal sealed class MapTable
{
    private readonly List<MapDefinition> _maps;
    private readonly Dictionary<int, int> _inner = [];

    internal MapTable(IReadOnlyList<MapDefinition> maps)
    {
        _maps = [.. maps];
        for (int i = 0; i < maps.Count; i++)
        {
            if (maps[i].Inner is not { } inner) continue;
            _inner[i] = _maps.Count;
            _maps.Add(inner);
        }
    }

    internal MapDefinition this[int index] => _maps[index];

    internal int Count => _maps.Count;

    /// <summary>The index of the template of a map's inner maps; -1 if it holds no maps.</summary>
    internal int InnerOf(int index) => _inner.GetValueOrDefault(index, -1);
}
