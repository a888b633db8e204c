// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Programs;
using Nectar.Linux.Symbols.Names;
using Nectar.Linux.Syscalls;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>Probes of many kernel functions in one link (kernel 5.18; sessions, which run at entry and return, 6.10).</summary>
public static unsafe class KprobeMulti
{
    private const uint ReturnFlag = 1; // BPF_F_KPROBE_MULTI_RETURN
    private const int MaxSingle = 5000;

    /// <summary>Attaches a program whose expected attach type is <see cref="AttachType.TraceKprobeMulti"/> or <see cref="AttachType.TraceKprobeSession"/> to all functions that fit a pattern.</summary>
    /// <param name="program">The program.</param>
    /// <param name="pattern">A name in which <c>*</c> stands for any text and <c>?</c> for one character.</param>
    /// <param name="isReturn">At the functions' return; not for sessions.</param>
    /// <exception cref="FeatureMissingException">The kernel has none; the message names the next best.</exception>
    /// <exception cref="KernelException">No function fits (NEC4113), or the kernel refuses (NEC4102).</exception>
    public static BpfLink Attach(KernelProgram program, string pattern, bool isReturn = false)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        if (!NamePattern.Is(pattern)) return Attach(program, [pattern], [], isReturn);
        string target = $"kprobes {pattern}";
        if (IsForEach(program)) return AttachEach(program, [.. KernelFunctions.Match(pattern)], [], isReturn, target);
        if (KernelFeatures.Probe(FeatureOf(program)).State == FeatureState.No) throw Missing(program, target); // before walking over all functions
        List<KernelFunction> functions = KernelFunctions.MatchTraceable(pattern);
        if (functions.Count == 0)
        {
            throw new KernelException(Diagnostic.Error(TracingCodes.NoMatch, $"program '{program.Name}': attach it to {target}: no function that can be traced fits",
                "help: they are listed in /sys/kernel/tracing/available_filter_functions"), Errno.ENOENT, "bpf(BPF_LINK_CREATE)", pattern);
        }

        return functions.TrueForAll(function => function.Address != 0)
            ? AttachAddresses(program, [.. functions.Select(function => function.Address)], [], isReturn, target)
            : AttachNames(program, [.. functions.Select(function => function.Name).Distinct()], [], isReturn, target);
    }

    /// <summary>Attaches a program to functions by name.</summary>
    /// <param name="program">The program.</param>
    /// <param name="functions">The functions.</param>
    /// <param name="cookies">What the program gets from <c>bpf_get_attach_cookie</c> at each of them; empty for none.</param>
    /// <param name="isReturn">At the functions' return.</param>
    /// <exception cref="KernelException">A function is not there or cannot be traced, or the kernel refuses (NEC4102).</exception>
    public static BpfLink Attach(KernelProgram program, ImmutableArray<string> functions, ImmutableArray<ulong> cookies, bool isReturn = false)
    {
        ArgumentNullException.ThrowIfNull(program);
        return AttachNames(program, functions, cookies, isReturn, functions.Length == 1 ? $"kprobe {functions[0]}" : $"kprobes of {functions.Length} functions");
    }

    /// <summary>Attaches a program to functions by address, as <c>/proc/kallsyms</c> has them.</summary>
    /// <exception cref="KernelException">The kernel refuses (NEC4102).</exception>
    public static BpfLink AttachAddresses(KernelProgram program, ImmutableArray<ulong> addresses, ImmutableArray<ulong> cookies, bool isReturn = false)
    {
        ArgumentNullException.ThrowIfNull(program);
        return AttachAddresses(program, addresses, cookies, isReturn, $"kprobes of {addresses.Length} addresses");
    }

    private static BpfLink AttachNames(KernelProgram program, ImmutableArray<string> functions, ImmutableArray<ulong> cookies, bool isReturn, string target)
    {
        CheckCount(functions.Length, cookies);
        if (IsForEach(program)) return AttachEach(program, functions, cookies, isReturn, target);
        byte[][] names = [.. functions.Select(function => Encoding.UTF8.GetBytes(function + "\0"))];
        GCHandle[] pins = [.. names.Select(name => GCHandle.Alloc(name, GCHandleType.Pinned))];
        try
        {
            ulong[] pointers = [.. pins.Select(pin => (ulong)pin.AddrOfPinnedObject())];
            fixed (ulong* symbols = pointers)
            {
                LinkCreateAttributes attributes = new() { KprobeMultiSymbols = (ulong)symbols, KprobeMultiCount = (uint)functions.Length };
                return Create(program, ref attributes, cookies, isReturn, target, functions.Length == 1 ? functions[0] : null);
            }
        }
        finally
        {
            foreach (GCHandle pin in pins) pin.Free();
        }
    }

    private static BpfLink AttachAddresses(KernelProgram program, ImmutableArray<ulong> addresses, ImmutableArray<ulong> cookies, bool isReturn, string target)
    {
        CheckCount(addresses.Length, cookies);
        fixed (ulong* first = addresses.AsSpan())
        {
            LinkCreateAttributes attributes = new() { KprobeMultiAddresses = (ulong)first, KprobeMultiCount = (uint)addresses.Length };
            return Create(program, ref attributes, cookies, isReturn, target, null);
        }
    }

    private static KernelLink Create(KernelProgram program, ref LinkCreateAttributes attributes, ImmutableArray<ulong> cookies, bool isReturn, string target, string? single)
    {
        AttachType type = program.ExpectedAttachType ?? AttachType.TraceKprobeMulti;
        fixed (ulong* cookie = cookies.IsDefaultOrEmpty ? default : cookies.AsSpan())
        {
            attributes.KprobeMultiCookies = (ulong)cookie;
            attributes.KprobeMultiFlags = isReturn ? ReturnFlag : 0;
            Errno errno = KernelLink.TryCreate(program, type, ref attributes, target, out KernelLink? link);
            if (errno == Errno.None) return link!;
            if (errno == Errno.EOPNOTSUPP || TraceFileSystem.PathOf("available_filter_functions") is null) throw Missing(program, target);
            throw Refusal.Make(TracingCodes.KernelProbe, $"program '{program.Name}'", $"attach it to {target}", "bpf(BPF_LINK_CREATE)", errno, errno switch
            {
                Errno.ESRCH when single is not null => [$"note: the kernel has no function '{single}' that can be traced", .. NearestNames.Help(single, KernelFunctions.Names())],
                Errno.ESRCH => ["note: the kernel does not have all of these functions, or cannot trace them"],
                Errno.EINVAL => ["note: the program's expected attach type must be the one of kprobe.multi or kprobe.session, and each function can be named once", "note: kprobe.multi came with kernel 5.18, kprobe.session with 6.10"],
                _ => [],
            });
        }
    }

    /// <summary>True for programs that were loaded for single probes because the kernel has no such links (<see cref="HookPlanner"/>).</summary>
    private static bool IsForEach(KernelProgram program) => program.Definition is not null && program.ExpectedAttachType is null;

    private static BpfLink AttachEach(KernelProgram program, ImmutableArray<string> functions, ImmutableArray<ulong> cookies, bool isReturn, string target)
    {
        if (functions.Length == 0) throw new KernelException(Diagnostic.Error(TracingCodes.NoMatch, $"program '{program.Name}': attach it to {target}: no function fits"), Errno.ENOENT, "perf_event_open", target);
        if (functions.Length > MaxSingle)
            throw new KernelException(Diagnostic.Error(TracingCodes.KernelProbe, $"program '{program.Name}': attach it to {target}: {functions.Length} functions are too many for a probe each", "help: use a narrower pattern, or a kernel with kprobe.multi (5.18)"), Errno.E2BIG, "perf_event_open", target);
        List<BpfLink> links = [];
        try
        {
            for (int i = 0; i < functions.Length; i++) links.Add(Kprobes.Attach(program, functions[i], new ProbeOptions { IsReturn = isReturn, Cookie = cookies.IsDefaultOrEmpty ? 0 : cookies[i] }));
        }
        catch
        {
            LinkGroup.DisposeAll(links);
            throw;
        }

        return links.Count == 1 ? links[0] : new LinkGroup(links, target);
    }

    private static void CheckCount(int count, ImmutableArray<ulong> cookies)
    {
        if (count == 0) throw new ArgumentException("there is no function to attach to");
        if (!cookies.IsDefaultOrEmpty && cookies.Length != count) throw new ArgumentException($"{count} functions have {cookies.Length} cookies: one for each, or none");
    }

    private static Feature FeatureOf(KernelProgram program) => program.ExpectedAttachType == AttachType.TraceKprobeSession ? Feature.KprobeSession : Feature.KprobeMultiLink;

    private static FeatureMissingException Missing(KernelProgram program, string target)
    {
        Feature feature = FeatureOf(program);
        return KernelFeatures.Missing(feature, KernelFeatures.Probe(feature), $"program '{program.Name}': attach it to {target}");
    }
}
