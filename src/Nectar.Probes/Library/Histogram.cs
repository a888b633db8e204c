// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;

namespace Nectar.Probes;

/// <summary>A histogram by powers of two: slot n counts values of 2^n to 2^(n+1)-1; slot 0 also counts 0.</summary>
/// <param name="slots">1 to 64; greater values are counted in the last slot.</param>
public sealed class Histogram(int slots = 64) : ProbePart
{
    private readonly PerCpuArray<ulong> _slots = new(slots);

    /// <summary>Counts a value.</summary>
    public void Add(ulong value) => Add(value, 1);

    /// <summary>Counts a value more than once.</summary>
    public void Add(ulong value, ulong count)
    {
        Ref<ulong> slot = _slots[Bpf.Log2(value)];
        if (slot) slot.Value += count;
    }

    /// <summary>For user space: the counts of all processors together, by slot.</summary>
    public ulong[] Read()
    {
        PerCpuMapView<uint, ulong> view = _slots.View;
        ulong[] counts = new ulong[(int)_slots.Definition.MaxEntries];
        for (uint i = 0; i < counts.Length; i++) counts[i] = view.Total(i);
        return counts;
    }

    /// <summary>For user space: a line for each slot in use, with a bar.</summary>
    public override string ToString()
    {
        ulong[] counts = Read();
        int last = Array.FindLastIndex(counts, c => c != 0);
        ulong most = Math.Max(1, counts.Max());
        System.Text.StringBuilder text = new();
        for (int i = 0; i <= last; i++)
        {
            ulong from = i == 0 ? 0 : 1ul << i, to = i == 63 ? ulong.MaxValue : (2ul << i) - 1;
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{from,20} -> {to,-20} {counts[i],10} |").Append('*', (int)(counts[i] * 40 / most)).AppendLine();
        }

        return text.ToString();
    }
}
