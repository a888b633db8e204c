// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.CompilerServices;
using Nectar.Linux.Features;
using Nectar.Linux.Loading;
using Nectar.Trace.Planning;

namespace Nectar.Trace.Runtime.Lookup;

/// <summary>A copy of the kernel's <c>avenrun</c> for programs, where it has no address; hundredths, as <c>/proc/loadavg</c> has them.</summary>
internal sealed class LoadAverages
{
    private const int FixedOne = 1 << 11;

    private readonly KernelGlobal _variable;

    private LoadAverages(KernelGlobal variable) => _variable = variable;

    /// <summary>The copy of a loaded object, with its first values; null if its programs have none.</summary>
    public static LoadAverages? Of(KernelObject loaded)
    {
        if (!loaded.Globals.TryGet(TracePlan.LoadName, out KernelGlobal? variable)) return null;
        LoadAverages made = new(variable);
        made.Refresh();
        return made;
    }

    public void Refresh()
    {
        string[] words = (HostFile.ReadLine("/proc/loadavg") ?? "").Split(' ');
        Three numbers = default;
        for (int i = 0; i < 3 && i < words.Length; i++)
        {
            if (decimal.TryParse(words[i], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal load)) numbers[i] = (ulong)decimal.Ceiling(load * FixedOne);
        }

        _variable.Set(numbers);
    }

    [InlineArray(3)]
    private struct Three
    {
        private ulong _first;
    }
}
