// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>Which id of the one state stands for which of the other, while two states are compared: ids are names only.</summary>
internal sealed class IdMap
{
    private const int Capacity = 600;
    private readonly int[] _old = new int[Capacity];
    private readonly int[] _current = new int[Capacity];
    private int _count;
    private int _temporary;

    internal void Reset(int lastId)
    {
        _count = 0;
        _temporary = lastId;
    }

    /// <summary>True if the ids play the same part in both states.</summary>
    internal bool Match(int old, int current)
    {
        if ((old == 0) != (current == 0)) return false;
        if (old == 0) return true;
        for (int i = 0; i < _count; i++)
        {
            if (_old[i] == old) return _current[i] == current;
            if (_current[i] == current) return false;
        }

        if (_count == Capacity) return false;
        _old[_count] = old;
        _current[_count++] = current;
        return true;
    }

    /// <summary>The same for numbers: one without an id stands alone.</summary>
    internal bool MatchScalars(int old, int current)
    {
        if (old == 0) old = ++_temporary;
        if (current == 0) current = ++_temporary;
        return Match(old, current);
    }
}
