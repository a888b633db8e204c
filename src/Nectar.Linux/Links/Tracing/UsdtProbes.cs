// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Programs;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Libraries;
using Nectar.Linux.Symbols.Processes;
using Nectar.Linux.Symbols.Usdt;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>
/// Static probes that authors put into programs and libraries (USDT, <c>DTRACE_PROBE</c>). Programs that were written for
/// <c>usdt.bpf.h</c> get the arguments; a probe with a semaphore is switched on while the link lives (kernel 4.20).
/// </summary>
public static class UsdtProbes
{
    /// <summary>
    /// What a program of a <c>usdt</c> section says at load about its hook: with links of many uprobes all places of a probe, which
    /// compilers like to duplicate, take one link. Null for other programs, and where the kernel has no such links.
    /// </summary>
    internal static AttachType? AttachTypeOf(ProgramDefinition program) =>
        program.Type == ProgramType.Kprobe && SectionNames.TryParse(program.Section, out SectionDefinition? section, out _, out _) && (section.Traits & SectionTraits.Usdt) != 0
            && KernelFeatures.Has(Feature.UprobeMultiLink) ? AttachType.TraceUprobeMulti : null;

    /// <summary>Attaches a program to all places of a probe.</summary>
    /// <param name="program">The program, of type <c>Kprobe</c>.</param>
    /// <param name="binary">A path, or the name of a program or library; null for all files that the process in <paramref name="options"/> executes.</param>
    /// <param name="provider">The probe's provider; empty for any. May be a pattern.</param>
    /// <param name="name">The probe's name. May be a pattern.</param>
    /// <param name="options">Cookie, process, arguments.</param>
    /// <exception cref="NectarException">There is no such file (NEC4404) or probe (NEC4405, NEC4108), its arguments cannot be read, or the kernel refuses (NEC4103).</exception>
    public static UsdtLink Attach(KernelProgram program, string? binary, string provider, string name, UsdtOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(provider);
        ArgumentException.ThrowIfNullOrEmpty(name);
        options ??= UsdtOptions.None;
        if (binary is null && options.ProcessId is null) throw new ArgumentException("a USDT probe is looked for in a file or in a process: name one", nameof(binary));
        string target = $"usdt {binary}:{provider}:{name}";
        List<(string Path, UsdtNote[] Notes)> files = binary is null
            ? FindInProcess(program, options.ProcessId!.Value, provider, name)
            : [Find(LibraryResolver.Resolve(binary, options.ProcessId), provider, name)];
        UsdtSpecTable? table = options.WithoutArguments ? null : UsdtSpecTable.Of(program);
        UsdtSpecs specs = new(program, table, options, target);
        List<BpfLink> links = [];
        try
        {
            foreach ((string path, UsdtNote[] notes) in files) links.Add(Attach(program, path, notes, specs, options, target));
            return new UsdtLink(links.Count == 1 ? links[0] : new LinkGroup(links, target), table, specs.Slots, specs.Addresses, specs.Notes);
        }
        catch
        {
            LinkGroup.DisposeAll(links);
            specs.Undo();
            table?.Release();
            throw;
        }
    }

    private static BpfLink Attach(KernelProgram program, string path, UsdtNote[] notes, UsdtSpecs specs, UsdtOptions options, string target)
    {
        UprobePlaces places = new(path, [.. notes.Select(note => note.FileOffset)]);
        ImmutableArray<ulong> cookies = [.. notes.Select(note => specs.CookieFor(note, path))];
        ImmutableArray<ulong> counters = [.. notes.Select(note => note.SemaphoreFileOffset)];
        bool hasCounters = counters.Any(counter => counter != 0);
        if (program.ExpectedAttachType == AttachType.TraceUprobeMulti)
        {
            UprobeMultiOptions multi = new() { ProcessId = options.ProcessId, Cookies = cookies, ReferenceCounterOffsets = hasCounters ? counters : [] };
            return UprobeMulti.Attach(program, places, multi, target);
        }

        ProbeOptions common = new() { ProcessId = options.ProcessId, Method = options.Method };
        return Uprobes.AttachAll(program, places, [.. cookies.Zip(counters)], common, target);
    }

    private static (string Path, UsdtNote[] Notes) Find(string path, string provider, string name) => (path, Distinct(UsdtNotes.Find(path, provider, name)));

    /// <summary>Linkers may keep a note twice; one place takes one probe.</summary>
    private static UsdtNote[] Distinct(IEnumerable<UsdtNote> notes) => [.. notes.DistinctBy(note => note.FileOffset)];

    private static List<(string Path, UsdtNote[] Notes)> FindInProcess(KernelProgram program, int processId, string provider, string name)
    {
        List<(string, UsdtNote[])> found = [];
        HashSet<(ulong, ulong)> seen = [];
        List<string> known = [];
        foreach (MappedRegion region in ProcessMaps.Read(processId).Regions)
        {
            if (!region.IsExecutable || !region.IsFile || !seen.Add((region.Device, region.Inode))) continue;
            // Unlinked files and other file systems are reached through the mapping itself.
            string path = region.IsDeleted ? $"/proc/{processId}/map_files/{region.Start:x}-{region.End:x}" : ProcessFiles.Root(processId) + region.Path;
            if (!ElfImage.TryOpen(path, out ElfImage? image, out _)) continue;
            using (image)
            {
                if (!UsdtNotes.TryRead(image, out List<UsdtNote> all, out _)) continue;
                UsdtNote[] wanted = Distinct(all.Where(note => Fits(provider, note.Provider) && Fits(name, note.Name)));
                if (wanted.Length > 0) found.Add((path, wanted));
                known.AddRange(all.Select(note => note.ToString()));
            }
        }

        return found.Count > 0 ? found : throw new KernelException(
            Diagnostic.Error(TracingCodes.Usdt, $"program '{program.Name}': attach it to usdt {provider}:{name}: none of the {seen.Count} files that process {processId} executes has that probe", NearestNames.Help($"{provider}:{name}", known.Distinct())),
            Errno.ENOENT, "perf_event_open", $"{provider}:{name}");
    }

    private static bool Fits(string pattern, string name) => pattern.Length == 0 || Symbols.Names.NamePattern.Matches(pattern.AsSpan(), name);
}
