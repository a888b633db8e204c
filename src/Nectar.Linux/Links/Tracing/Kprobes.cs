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

/// <summary>Probes of kernel functions by name: kprobe and kretprobe.</summary>
public static unsafe class Kprobes
{
    /// <summary>True if this kernel has kprobes at all (<c>CONFIG_KPROBES</c>, <c>CONFIG_KPROBE_EVENTS</c>).</summary>
    public static bool IsSupported => PerfEventSource.Find("kprobe") is not null || TraceFileSystem.PathOf("kprobe_events") is not null;

    /// <summary>Attaches a program of type <see cref="Bpf.Objects.ProgramType.Kprobe"/>.</summary>
    /// <param name="program">The program.</param>
    /// <param name="function">The function: <c>do_unlinkat</c>; in a module also <c>module:function</c>.</param>
    /// <param name="options">Offset, return, cookie, method.</param>
    /// <exception cref="FeatureMissingException">The kernel has no kprobes; the message names the next best.</exception>
    /// <exception cref="KernelException">There is no such function, or it may not be probed (NEC4102).</exception>
    public static BpfLink Attach(KernelProgram program, string function, ProbeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(function);
        options ??= ProbeOptions.None;
        if (options.IsReturn && options.Offset != 0) throw new ArgumentException("a return probe belongs to a function, not to a place in it", nameof(options));
        string target = Describe(function, options);
        PerfEventSource? source = PerfEventSource.Find("kprobe");
        bool asText = options.Method == AttachMethod.TraceEvents || options.MaxActive > 0 || source is null || (options.IsReturn && source.ReturnBit is null);
        if (asText && TraceFileSystem.PathOf("kprobe_events") is null)
        {
            if (source is not null) TraceFileSystem.Require("kprobe_events"); // says why the asked way is closed
            throw Missing(program, target);
        }

        return asText ? AttachText(program, function, options, target) : AttachEvent(program, function, options, target, source!);
    }

    /// <summary>Attaches a program to a system call by its name alone (<c>openat</c>), whatever this kernel calls its function.</summary>
    /// <exception cref="KernelException">There is no such system call (NEC4102), or as <see cref="Attach"/>.</exception>
    public static BpfLink AttachToSystemCall(KernelProgram program, string call, ProbeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(call);
        if (!IsSupported) throw Missing(program, $"system call {call}");
        string function = KernelFunctions.FindSystemCall(call) ?? throw new KernelException(
            Diagnostic.Error(TracingCodes.KernelProbe, $"program '{program.Name}': attach it to system call {call}: this kernel has no such system call", NearestNames.Help(call, KernelFunctions.SystemCalls())),
            Errno.ENOENT, "perf_event_open", call);
        return Attach(program, function, options);
    }

    internal static FeatureMissingException Missing(KernelProgram program, string target) =>
        KernelFeatures.Missing(Feature.Kprobes, KernelFeatures.Probe(Feature.Kprobes), $"program '{program.Name}': attach it to {target}");

    private static string Describe(string function, ProbeOptions options) =>
        string.Create(CultureInfo.InvariantCulture, $"{(options.IsReturn ? "kretprobe" : "kprobe")} {function}{(options.Offset != 0 ? $"+0x{options.Offset:x}" : "")}");

    private static BpfLink AttachEvent(KernelProgram program, string function, ProbeOptions options, string target, PerfEventSource source)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(function + "\0"))
        {
            PerfEventAttributes attributes = new()
            {
                Type = source.Type,
                Config = options.IsReturn ? 1ul << source.ReturnBit!.Value : 0,
                Config1 = (ulong)name,
                Config2 = options.Offset,
            };
            Errno errno = PerfSyscall.TryOpen(ref attributes, -1, 0, out KernelHandle? handle);
            if (errno != Errno.None) throw Refuse(program, function, target, "perf_event_open", errno);
            return PerfAttachment.Attach(program, handle!, options.Cookie, target, TracingCodes.KernelProbe, options.Method);
        }
    }

    private static BpfLink AttachText(KernelProgram program, string function, ProbeOptions options, string target)
    {
        if (function.AsSpan().ContainsAny(' ', '\n', '\t')) throw new ArgumentException("a function's name has no blanks", nameof(function));
        string place = options.Offset == 0 ? function : string.Create(CultureInfo.InvariantCulture, $"{function}+0x{options.Offset:x}");
        Errno errno = ProbeEvent.TryCreate(isUser: false, options.IsReturn, place, options.MaxActive, out ProbeEvent? probe);
        if (errno != Errno.None) throw Refuse(program, function, target, "write(kprobe_events)", errno);
        return ProbeEventAttachment.Attach(program, probe!, options, target, TracingCodes.KernelProbe);
    }

    private static KernelException Refuse(KernelProgram program, string function, string target, string call, Errno errno) =>
        Refusal.Make(TracingCodes.KernelProbe, $"program '{program.Name}'", $"attach it to {target}", call, errno, errno switch
        {
            Errno.ENOENT => [$"note: the kernel has no function '{function}', or the compiler has put it into its callers", .. NearestNames.Help(function, KernelFunctions.Names())],
            Errno.EADDRNOTAVAIL => [$"note: the kernel has several functions named '{function}'", "help: kprobe.multi takes them all, or give an address"],
            Errno.EINVAL => ["note: the function is one that probes themselves use (see /sys/kernel/debug/kprobes/blacklist), or the offset is not at the start of an instruction"],
            Errno.EILSEQ => ["note: the offset is not at the start of an instruction"],
            _ => [],
        });
}
