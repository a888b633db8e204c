// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>What probes of many functions of a file take beside the functions.</summary>
public sealed record UprobeMultiOptions
{
    /// <summary>No wishes.</summary>
    public static UprobeMultiOptions None { get; } = new();

    /// <summary>Run at the functions' return instead of their entry; not for sessions, which run at both.</summary>
    public bool IsReturn { get; init; }

    /// <summary>Only in this process; null for every process, also those that start later.</summary>
    public int? ProcessId { get; init; }

    /// <summary>What the program gets from <c>bpf_get_attach_cookie</c> at each place; empty for none.</summary>
    public ImmutableArray<ulong> Cookies { get; init; } = [];

    /// <summary>Where the file holds a counter that says how many look, for each place; empty for none.</summary>
    public ImmutableArray<ulong> ReferenceCounterOffsets { get; init; } = [];

    /// <summary>On kernels without such links (before 6.6): do not put a probe on each place by itself, but fail.</summary>
    public bool RequireOneLink { get; init; }
}

/// <summary>
/// Probes of many functions of a program or library in one link (kernel 6.6; sessions, which run at entry and return, 6.13): attached
/// and detached at once, where single uprobes take about 0.1 s each to detach. On older kernels each place gets a probe of its own.
/// </summary>
public static unsafe class UprobeMulti
{
    /// <summary>The most places that the kernel takes in one link.</summary>
    public const int MaxPlaces = 1 << 20;

    private const uint ReturnFlag = 1; // BPF_F_UPROBE_MULTI_RETURN

    /// <summary>Attaches a program whose expected attach type is <see cref="AttachType.TraceUprobeMulti"/> or <see cref="AttachType.TraceUprobeSession"/> to all functions that fit a pattern.</summary>
    /// <param name="program">The program.</param>
    /// <param name="binary">A path, or the name of a program or library: <c>libc</c>.</param>
    /// <param name="pattern">A name in which <c>*</c> stands for any text and <c>?</c> for one character.</param>
    /// <param name="options">Return, process.</param>
    /// <exception cref="NectarException">There is no such file (NEC4404), no function fits (NEC4403), or the kernel refuses (NEC4103).</exception>
    public static BpfLink Attach(KernelProgram program, string binary, string pattern, UprobeMultiOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(binary);
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        options ??= UprobeMultiOptions.None;
        UprobePlaces places = UprobePlaces.Find(binary, pattern, 0, options.ProcessId);
        return Attach(program, places, options, $"uprobes {binary}:{pattern}");
    }

    /// <summary>Attaches a program to places of a file.</summary>
    /// <param name="program">The program.</param>
    /// <param name="path">The file.</param>
    /// <param name="offsets">Bytes from the start of the file, each at the start of an instruction.</param>
    /// <param name="options">Return, process, and for each place cookie and semaphore.</param>
    /// <exception cref="KernelException">The kernel refuses (NEC4103).</exception>
    public static BpfLink Attach(KernelProgram program, string path, ImmutableArray<ulong> offsets, UprobeMultiOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Attach(program, new UprobePlaces(path, offsets), options ?? UprobeMultiOptions.None, $"uprobes at {offsets.Length} places of {path}");
    }

    internal static BpfLink Attach(KernelProgram program, UprobePlaces places, UprobeMultiOptions options, string target)
    {
        Check(places.Offsets.Length, options);
        fixed (byte* path = Encoding.UTF8.GetBytes(places.Path + "\0"))
        fixed (ulong* offsets = places.Offsets.AsSpan(), cookies = Span(options.Cookies), counters = Span(options.ReferenceCounterOffsets))
        {
            LinkCreateAttributes attributes = new()
            {
                UprobeMultiPath = (ulong)path,
                UprobeMultiOffsets = (ulong)offsets,
                UprobeMultiCookies = (ulong)cookies,
                UprobeMultiRefCounterOffsets = (ulong)counters,
                UprobeMultiCount = (uint)places.Offsets.Length,
                UprobeMultiFlags = options.IsReturn ? ReturnFlag : 0,
                UprobeMultiPid = (uint)(options.ProcessId ?? 0),
            };
            Errno errno = KernelLink.TryCreate(program, program.ExpectedAttachType ?? AttachType.TraceUprobeMulti, ref attributes, target, out KernelLink? link);
            if (errno == Errno.None) return link!;
            Feature feature = program.ExpectedAttachType == AttachType.TraceUprobeSession ? Feature.UprobeSession : Feature.UprobeMultiLink;
            if (errno == Errno.EINVAL && !KernelFeatures.Has(feature))
            {
                if (feature == Feature.UprobeSession || options.RequireOneLink) throw KernelFeatures.Missing(feature, KernelFeatures.Probe(feature), $"program '{program.Name}': attach it to {target}");
                return AttachEach(program, places, options, target);
            }

            throw Refuse(program, places, options, target, errno);
        }
    }

    private static BpfLink AttachEach(KernelProgram program, UprobePlaces places, UprobeMultiOptions options, string target)
    {
        ProbeOptions common = new() { IsReturn = options.IsReturn, ProcessId = options.ProcessId };
        if (options.Cookies.IsDefaultOrEmpty && options.ReferenceCounterOffsets.IsDefaultOrEmpty) return Uprobes.AttachAll(program, places, [], common, target);
        (ulong, ulong)[] each = new (ulong, ulong)[places.Offsets.Length];
        for (int i = 0; i < each.Length; i++) each[i] = (At(options.Cookies, i), At(options.ReferenceCounterOffsets, i));
        return Uprobes.AttachAll(program, places, each, common, target);
    }

    private static ulong At(ImmutableArray<ulong> values, int index) => values.IsDefaultOrEmpty ? 0 : values[index];

    private static ReadOnlySpan<ulong> Span(ImmutableArray<ulong> values) => values.IsDefaultOrEmpty ? default : values.AsSpan();

    private static void Check(int count, UprobeMultiOptions options)
    {
        if (count == 0) throw new ArgumentException("there is no place to attach to");
        if (count > MaxPlaces) throw new ArgumentException($"{count} places are more than the kernel takes in one link ({MaxPlaces})");
        if (!options.Cookies.IsDefaultOrEmpty && options.Cookies.Length != count) throw new ArgumentException($"{count} places have {options.Cookies.Length} cookies: one for each, or none");
        if (!options.ReferenceCounterOffsets.IsDefaultOrEmpty && options.ReferenceCounterOffsets.Length != count) throw new ArgumentException($"{count} places have {options.ReferenceCounterOffsets.Length} semaphores: one for each, or none");
    }

    private static KernelException Refuse(KernelProgram program, UprobePlaces places, UprobeMultiOptions options, string target, Errno errno) =>
        Refusal.Make(TracingCodes.UserProbe, $"program '{program.Name}'", $"attach it to {target}", "bpf(BPF_LINK_CREATE)", errno, errno switch
        {
            Errno.ENOENT => [$"note: there is no file '{places.Path}'"],
            Errno.EBADF => [$"note: '{places.Path}' is no regular file"],
            Errno.ESRCH => [$"note: there is no process {options.ProcessId}"],
            Errno.EINVAL => ["note: the program's expected attach type must be the one of uprobe.multi or uprobe.session, and each offset the start of an instruction in the file"],
            _ => [],
        });
}
