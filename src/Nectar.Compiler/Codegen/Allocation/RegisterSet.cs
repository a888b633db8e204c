// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Codegen.Allocation;

/// <summary>A set of small numbers that is walked and changed at a cost of its members, not of its range.</summary>
internal sealed class RegisterSet(int range)
{
    private readonly int[] _members = new int[range];
    private readonly int[] _places = new int[range];

    public int Count { get; private set; }

    public ReadOnlySpan<int> Members => _members.AsSpan(0, Count);

    public bool Contains(int number)
    {
        int place = _places[number];
        return place < Count && _members[place] == number;
    }

    public bool Add(int number)
    {
        if (Contains(number)) return false;
        _places[number] = Count;
        _members[Count++] = number;
        return true;
    }

    public void Remove(int number)
    {
        if (!Contains(number)) return;
        int place = _places[number];
        int last = _members[--Count];
        _members[place] = last;
        _places[last] = place;
    }

    public void Clear() => Count = 0;
}
