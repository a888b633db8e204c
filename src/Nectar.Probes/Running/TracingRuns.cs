// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Runs tracing programs: <c>engine.Run(probe, probe.Enter, new SyscallEnterRecord { … })</c>.</summary>
public static unsafe class TracingRuns
{
    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    /// <returns>The verdict.</returns>
    public static TVerdict Run<TVerdict>(this Engine engine, Probe probe, Func<SyscallEnter, TVerdict> program, in SyscallEnterRecord context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged => RunInFull(engine, probe, program, in context, name).Verdict;

    /// <inheritdoc cref="Run{TVerdict}(Engine, Probe, Func{SyscallEnter, TVerdict}, in SyscallEnterRecord, string)"/>
    /// <returns>All that the run gave.</returns>
    public static ProbeRun<TVerdict> RunInFull<TVerdict>(this Engine engine, Probe probe, Func<SyscallEnter, TVerdict> program, in SyscallEnterRecord context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        return new ProgramRunner(engine, probe, name).Run(ProgramType.Tracepoint, at => program(new SyscallEnter((SyscallEnterRecord*)at)), MemoryMarshal.AsBytes(new ReadOnlySpan<SyscallEnterRecord>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Enter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    public static void Run(this Engine engine, Probe probe, Action<SyscallEnter> program, in SyscallEnterRecord context, [CallerArgumentExpression(nameof(program))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(program);
        new ProgramRunner(engine, probe, name).Run(ProgramType.Tracepoint, at => { program(new SyscallEnter((SyscallEnterRecord*)at)); return 0; }, MemoryMarshal.AsBytes(new ReadOnlySpan<SyscallEnterRecord>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    /// <returns>The verdict.</returns>
    public static TVerdict Run<TVerdict>(this Engine engine, Probe probe, Func<SyscallExit, TVerdict> program, in SyscallExitRecord context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged => RunInFull(engine, probe, program, in context, name).Verdict;

    /// <inheritdoc cref="Run{TVerdict}(Engine, Probe, Func{SyscallExit, TVerdict}, in SyscallExitRecord, string)"/>
    /// <returns>All that the run gave.</returns>
    public static ProbeRun<TVerdict> RunInFull<TVerdict>(this Engine engine, Probe probe, Func<SyscallExit, TVerdict> program, in SyscallExitRecord context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        return new ProgramRunner(engine, probe, name).Run(ProgramType.Tracepoint, at => program(new SyscallExit((SyscallExitRecord*)at)), MemoryMarshal.AsBytes(new ReadOnlySpan<SyscallExitRecord>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Enter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    public static void Run(this Engine engine, Probe probe, Action<SyscallExit> program, in SyscallExitRecord context, [CallerArgumentExpression(nameof(program))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(program);
        new ProgramRunner(engine, probe, name).Run(ProgramType.Tracepoint, at => { program(new SyscallExit((SyscallExitRecord*)at)); return 0; }, MemoryMarshal.AsBytes(new ReadOnlySpan<SyscallExitRecord>(in context)), null);
    }

    /// <summary>Runs a program on arguments.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="arguments">64 bits each.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    /// <returns>The verdict.</returns>
    public static TVerdict Run<TVerdict>(this Engine engine, Probe probe, Func<RawTracepointContext, TVerdict> program, ReadOnlySpan<ulong> arguments, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged => RunInFull(engine, probe, program, arguments, name).Verdict;

    /// <inheritdoc cref="Run{TVerdict}(Engine, Probe, Func{RawTracepointContext, TVerdict}, ReadOnlySpan{ulong}, string)"/>
    /// <returns>All that the run gave.</returns>
    public static ProbeRun<TVerdict> RunInFull<TVerdict>(this Engine engine, Probe probe, Func<RawTracepointContext, TVerdict> program, ReadOnlySpan<ulong> arguments, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        return new ProgramRunner(engine, probe, name).Run(ProgramType.RawTracepoint, at => program(new RawTracepointContext((ulong*)at)), MemoryMarshal.AsBytes(arguments), null);
    }

    /// <summary>Runs a program on arguments.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Enter</c>.</param>
    /// <param name="arguments">64 bits each.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    public static void Run(this Engine engine, Probe probe, Action<RawTracepointContext> program, ReadOnlySpan<ulong> arguments, [CallerArgumentExpression(nameof(program))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(program);
        new ProgramRunner(engine, probe, name).Run(ProgramType.RawTracepoint, at => { program(new RawTracepointContext((ulong*)at)); return 0; }, MemoryMarshal.AsBytes(arguments), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    /// <returns>The verdict.</returns>
    public static TVerdict Run<TVerdict>(this Engine engine, Probe probe, Func<RegistersContext, TVerdict> program, in pt_regs context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged => RunInFull(engine, probe, program, in context, name).Verdict;

    /// <inheritdoc cref="Run{TVerdict}(Engine, Probe, Func{RegistersContext, TVerdict}, in pt_regs, string)"/>
    /// <returns>All that the run gave.</returns>
    public static ProbeRun<TVerdict> RunInFull<TVerdict>(this Engine engine, Probe probe, Func<RegistersContext, TVerdict> program, in pt_regs context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        return new ProgramRunner(engine, probe, name).Run(ProgramType.Kprobe, at => program(new RegistersContext((pt_regs*)at)), MemoryMarshal.AsBytes(new ReadOnlySpan<pt_regs>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Enter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    public static void Run(this Engine engine, Probe probe, Action<RegistersContext> program, in pt_regs context, [CallerArgumentExpression(nameof(program))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(program);
        new ProgramRunner(engine, probe, name).Run(ProgramType.Kprobe, at => { program(new RegistersContext((pt_regs*)at)); return 0; }, MemoryMarshal.AsBytes(new ReadOnlySpan<pt_regs>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    /// <returns>The verdict.</returns>
    public static TVerdict Run<TVerdict>(this Engine engine, Probe probe, Func<PerfEventContext, TVerdict> program, in bpf_perf_event_data context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged => RunInFull(engine, probe, program, in context, name).Verdict;

    /// <inheritdoc cref="Run{TVerdict}(Engine, Probe, Func{PerfEventContext, TVerdict}, in bpf_perf_event_data, string)"/>
    /// <returns>All that the run gave.</returns>
    public static ProbeRun<TVerdict> RunInFull<TVerdict>(this Engine engine, Probe probe, Func<PerfEventContext, TVerdict> program, in bpf_perf_event_data context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        return new ProgramRunner(engine, probe, name).Run(ProgramType.PerfEvent, at => program(new PerfEventContext((bpf_perf_event_data*)at)), MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_perf_event_data>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Enter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    public static void Run(this Engine engine, Probe probe, Action<PerfEventContext> program, in bpf_perf_event_data context, [CallerArgumentExpression(nameof(program))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(program);
        new ProgramRunner(engine, probe, name).Run(ProgramType.PerfEvent, at => { program(new PerfEventContext((bpf_perf_event_data*)at)); return 0; }, MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_perf_event_data>(in context)), null);
    }

    /// <summary>Runs a program on a tracepoint's record.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Switch</c>.</param>
    /// <param name="record">The record.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    public static void Run<TRecord>(this Engine engine, Probe probe, Action<TracepointContext<TRecord>> program, in TRecord record, [CallerArgumentExpression(nameof(program))] string name = "")
        where TRecord : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        new ProgramRunner(engine, probe, name).Run(ProgramType.Tracepoint, at => { program(new TracepointContext<TRecord>((TRecord*)at)); return 0; }, MemoryMarshal.AsBytes(new ReadOnlySpan<TRecord>(in record)), null);
    }

    /// <summary>
    /// Runs a method with typed parameters on the CLR, as an aborted program ends when it is compiled:
    /// <c>probe.Run(() => probe.Open(file), Errno.None)</c>.
    /// </summary>
    /// <param name="probe">The probe.</param>
    /// <param name="program">Calls the program.</param>
    /// <param name="abort">What the program returns if it is aborted.</param>
    /// <returns>What the program returned.</returns>
    public static TVerdict Run<TVerdict>(this Probe probe, Func<TVerdict> program, TVerdict abort = default)
        where TVerdict : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        ProbeRun<TVerdict> run = new ProgramRunner(Engine.Managed, probe, "program").Run(ProgramType.Tracing, _ => program(), default, null);
        return run.Abort is null ? run.Verdict : abort;
    }

    /// <summary>Runs a method with typed parameters on the CLR, as an aborted program ends when it is compiled: <c>probe.Run(() => probe.Enter(file))</c>.</summary>
    /// <param name="probe">The probe.</param>
    /// <param name="program">Calls the program.</param>
    public static void Run(this Probe probe, Action program)
    {
        ArgumentNullException.ThrowIfNull(program);
        probe.Run(() => { program(); return 0; });
    }
}
