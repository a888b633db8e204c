// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Linux.Symbols.Elf;
using Nectar.Trace.Planning;
using Nectar.Trace.Probes;

namespace Nectar.Trace.Runtime.Lookup;

/// <summary>
/// Addresses of processes that ended before anybody could look at them: of a hook in a program it is known which file it is in and where, so that
/// the file's own code keeps its names.
/// </summary>
internal sealed class HookSymbols(ImmutableArray<PlannedProbe> probes, ImmutableArray<string> strings)
{
    private const ulong PageMask = 0xfff;

    private readonly Dictionary<uint, (string Path, ulong? Address, bool Moves, ulong Start, ulong End)?> _files = [];

    /// <summary>The file of a hook and what an address is in it.</summary>
    /// <param name="hook">The index of its name in the plan's strings.</param>
    /// <param name="instruction">Where the process was at the hook: says where the file was loaded.</param>
    /// <param name="address">The address that is asked for.</param>
    public (string Path, ulong Address)? Find(uint hook, ulong instruction, ulong address)
    {
        if (!_files.TryGetValue(hook, out var file)) _files[hook] = file = Read(hook);
        if (file is not { } known) return null;
        ulong distance = !known.Moves ? 0 : known.Address is { } at ? unchecked(instruction - at) : 1;
        if ((distance & PageMask) != 0) return null; // a return, or another place than the hook's
        ulong linked = unchecked(address - distance);
        return linked >= known.Start && linked < known.End ? (known.Path, linked) : null;
    }

    private (string Path, ulong? Address, bool Moves, ulong Start, ulong End)? Read(uint hook)
    {
        if (hook >= strings.Length || TargetOf(strings[(int)hook]) is not { } target || !ElfImage.TryOpen(target.Path, out ElfImage? image, out _)) return null;
        using (image)
        {
            (ulong start, ulong end) = (ulong.MaxValue, 0);
            foreach (ElfSegment segment in image.Segments) (start, end) = (Math.Min(start, segment.Address), Math.Max(end, segment.Address + segment.FileSize));
            return (target.Path, target.LinkedAddress(image), image.IsPositionIndependent, start, end);
        }
    }

    private ProbeTarget? TargetOf(string name)
    {
        foreach (PlannedProbe probe in probes)
        {
            foreach (ProbeTarget target in probe.Targets)
            {
                if (target.Path.Length > 0 && target.Name == name) return target;
            }
        }

        return null;
    }
}
