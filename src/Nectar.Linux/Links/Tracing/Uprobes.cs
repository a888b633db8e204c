// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Features;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>Probes of functions in programs and libraries: uprobe and uretprobe. Many at once are better made by <see cref="UprobeMulti"/>.</summary>
public static unsafe class Uprobes
{
    private static readonly Version s_referenceCounterKernel = new(4, 20);

    /// <summary>True if this kernel can probe programs and libraries (<c>CONFIG_UPROBE_EVENTS</c>).</summary>
    public static bool IsSupported => PerfEventSource.Find("uprobe") is not null || TraceFileSystem.PathOf("uprobe_events") is not null;

    /// <summary>Attaches a program of type <see cref="Bpf.Objects.ProgramType.Kprobe"/>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="binary">A path, or the name of a program (<c>bash</c>) or library (<c>libc</c>, <c>libssl.so.3</c>).</param>
    /// <param name="function">A name, also with a version (<c>memcpy@GLIBC_2.14</c>), or a pattern; null to probe <see cref="ProbeOptions.Offset"/> of the file.</param>
    /// <param name="options">Offset, return, process, cookie, semaphore, method.</param>
    /// <exception cref="NectarException">There is no such file (NEC4404) or function (NEC4403), or the kernel refuses (NEC4103).</exception>
    public static BpfLink Attach(KernelProgram program, string binary, string? function, ProbeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(binary);
        options ??= ProbeOptions.None;
        UprobePlaces places = UprobePlaces.Find(binary, function, options.Offset, options.ProcessId);
        return AttachAll(program, places, [], options, Describe(options.IsReturn, binary, function, options.Offset));
    }

    internal static string Describe(bool isReturn, string binary, string? function, ulong offset) =>
        string.Create(CultureInfo.InvariantCulture, $"{(isReturn ? "uretprobe" : "uprobe")} {binary}:{function}{(function is null ? $"0x{offset:x}" : offset != 0 ? $"+0x{offset:x}" : "")}");

    /// <summary>Attaches to each place by itself.</summary>
    /// <param name="program">The program.</param>
    /// <param name="places">The file and the places in it.</param>
    /// <param name="each">Options that differ from place to place: cookie and semaphore; empty for the same everywhere.</param>
    /// <param name="options">Options of all.</param>
    /// <param name="target">The hook in words.</param>
    internal static BpfLink AttachAll(KernelProgram program, UprobePlaces places, ReadOnlySpan<(ulong Cookie, ulong ReferenceCounter)> each, ProbeOptions options, string target)
    {
        List<BpfLink> links = [];
        try
        {
            for (int i = 0; i < places.Offsets.Length; i++)
            {
                ProbeOptions own = each.IsEmpty ? options : options with { Cookie = each[i].Cookie, ReferenceCounterOffset = each[i].ReferenceCounter };
                links.Add(AttachOne(program, places.Path, places.Offsets[i], own, target));
            }
        }
        catch
        {
            LinkGroup.DisposeAll(links);
            throw;
        }

        return links.Count == 1 ? links[0] : new LinkGroup(links, target);
    }

    private static BpfLink AttachOne(KernelProgram program, string path, ulong offset, ProbeOptions options, string target)
    {
        PerfEventSource? source = PerfEventSource.Find("uprobe");
        bool asText = options.Method == AttachMethod.TraceEvents || source is null || (options.IsReturn && source.ReturnBit is null);
        if (!asText && options.ReferenceCounterOffset != 0 && source!.ReferenceCounterShift is null)
        {
            throw new FeatureMissingException(Diagnostic.Error(TracingCodes.MissingHook, $"program '{program.Name}': attach it to {target}: this kernel cannot count up the probe's semaphore", "note: kernel 4.20 brought it"),
                Errno.EINVAL, "perf_event_open", "reference counters of uprobes", s_referenceCounterKernel);
        }

        if (asText && TraceFileSystem.PathOf("uprobe_events") is null)
        {
            if (source is not null) TraceFileSystem.Require("uprobe_events"); // says why the asked way is closed
            throw KernelFeatures.Missing(Feature.Uprobes, KernelFeatures.Probe(Feature.Uprobes), $"program '{program.Name}': attach it to {target}");
        }

        return asText ? AttachText(program, path, offset, options, target) : AttachEvent(program, path, offset, options, target, source!);
    }

    private static BpfLink AttachEvent(KernelProgram program, string path, ulong offset, ProbeOptions options, string target, PerfEventSource source)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            PerfEventAttributes attributes = new()
            {
                Type = source.Type,
                Config = (options.IsReturn ? 1ul << source.ReturnBit!.Value : 0) | (options.ReferenceCounterOffset == 0 ? 0 : options.ReferenceCounterOffset << source.ReferenceCounterShift!.Value),
                Config1 = (ulong)name,
                Config2 = offset,
            };
            Errno errno = PerfSyscall.TryOpen(ref attributes, options.ProcessId ?? -1, options.ProcessId is null ? 0 : -1, out KernelHandle? handle);
            if (errno != Errno.None) throw Refuse(program, path, offset, options, target, "perf_event_open", errno);
            return PerfAttachment.Attach(program, handle!, options.Cookie, target, TracingCodes.UserProbe, options.Method);
        }
    }

    private static BpfLink AttachText(KernelProgram program, string path, ulong offset, ProbeOptions options, string target)
    {
        if (path.AsSpan().ContainsAny(" \t\n"))
        {
            throw new KernelException(Diagnostic.Error(TracingCodes.UserProbe, $"program '{program.Name}': attach it to {target}: the trace filesystem takes no path with blanks", "help: use a link to the file without blanks in its name"), Errno.EINVAL, "write(uprobe_events)", path);
        }

        string counter = options.ReferenceCounterOffset == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"(0x{options.ReferenceCounterOffset:x})");
        Errno errno = ProbeEvent.TryCreate(isUser: true, options.IsReturn, string.Create(CultureInfo.InvariantCulture, $"{path}:0x{offset:x}{counter}"), 0, out ProbeEvent? probe);
        if (errno != Errno.None) throw Refuse(program, path, offset, options, target, "write(uprobe_events)", errno);
        return ProbeEventAttachment.Attach(program, probe!, options, target, TracingCodes.UserProbe);
    }

    private static KernelException Refuse(KernelProgram program, string path, ulong offset, ProbeOptions options, string target, string call, Errno errno) =>
        Refusal.Make(TracingCodes.UserProbe, $"program '{program.Name}'", $"attach it to {target}", call, errno, errno switch
        {
            Errno.ENOENT => [$"note: there is no file '{path}'"],
            Errno.ESRCH => [$"note: there is no process {options.ProcessId}"],
            Errno.EINVAL or Errno.EIO => [string.Create(CultureInfo.InvariantCulture, $"note: '{path}' must be a regular file on a file system that can be mapped, and offset 0x{offset:x} the start of an instruction in it")],
            Errno.EOPNOTSUPP or Errno.ENOTSUPP => ["note: the instruction there is one that the kernel cannot step over"],
            _ => [],
        });
}
