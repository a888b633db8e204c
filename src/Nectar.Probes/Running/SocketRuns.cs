// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;

namespace Nectar.Probes;

/// <summary>Runs programs of sockets and cgroups: <c>engine.Run(probe, probe.Connect, new bpf_sock_addr { … })</c>.</summary>
public static unsafe class SocketRuns
{
    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    /// <returns>The verdict.</returns>
    public static TVerdict Run<TVerdict>(this Engine engine, Probe probe, Func<SockAddrContext, TVerdict> program, in bpf_sock_addr context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged => RunInFull(engine, probe, program, in context, name).Verdict;

    /// <inheritdoc cref="Run{TVerdict}(Engine, Probe, Func{SockAddrContext, TVerdict}, in bpf_sock_addr, string)"/>
    /// <returns>All that the run gave.</returns>
    public static ProbeRun<TVerdict> RunInFull<TVerdict>(this Engine engine, Probe probe, Func<SockAddrContext, TVerdict> program, in bpf_sock_addr context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        return new ProgramRunner(engine, probe, name).Run(ProgramType.CgroupSockAddr, at => program(new SockAddrContext((bpf_sock_addr*)at)), MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_sock_addr>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Enter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    public static void Run(this Engine engine, Probe probe, Action<SockAddrContext> program, in bpf_sock_addr context, [CallerArgumentExpression(nameof(program))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(program);
        new ProgramRunner(engine, probe, name).Run(ProgramType.CgroupSockAddr, at => { program(new SockAddrContext((bpf_sock_addr*)at)); return 0; }, MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_sock_addr>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    /// <returns>The verdict.</returns>
    public static TVerdict Run<TVerdict>(this Engine engine, Probe probe, Func<SockContext, TVerdict> program, in bpf_sock context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged => RunInFull(engine, probe, program, in context, name).Verdict;

    /// <inheritdoc cref="Run{TVerdict}(Engine, Probe, Func{SockContext, TVerdict}, in bpf_sock, string)"/>
    /// <returns>All that the run gave.</returns>
    public static ProbeRun<TVerdict> RunInFull<TVerdict>(this Engine engine, Probe probe, Func<SockContext, TVerdict> program, in bpf_sock context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        return new ProgramRunner(engine, probe, name).Run(ProgramType.CgroupSock, at => program(new SockContext((bpf_sock*)at)), MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_sock>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Enter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    public static void Run(this Engine engine, Probe probe, Action<SockContext> program, in bpf_sock context, [CallerArgumentExpression(nameof(program))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(program);
        new ProgramRunner(engine, probe, name).Run(ProgramType.CgroupSock, at => { program(new SockContext((bpf_sock*)at)); return 0; }, MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_sock>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    /// <returns>The verdict.</returns>
    public static TVerdict Run<TVerdict>(this Engine engine, Probe probe, Func<SockOpsContext, TVerdict> program, in bpf_sock_ops context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged => RunInFull(engine, probe, program, in context, name).Verdict;

    /// <inheritdoc cref="Run{TVerdict}(Engine, Probe, Func{SockOpsContext, TVerdict}, in bpf_sock_ops, string)"/>
    /// <returns>All that the run gave.</returns>
    public static ProbeRun<TVerdict> RunInFull<TVerdict>(this Engine engine, Probe probe, Func<SockOpsContext, TVerdict> program, in bpf_sock_ops context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        return new ProgramRunner(engine, probe, name).Run(ProgramType.SockOps, at => program(new SockOpsContext((bpf_sock_ops*)at)), MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_sock_ops>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Enter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    public static void Run(this Engine engine, Probe probe, Action<SockOpsContext> program, in bpf_sock_ops context, [CallerArgumentExpression(nameof(program))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(program);
        new ProgramRunner(engine, probe, name).Run(ProgramType.SockOps, at => { program(new SockOpsContext((bpf_sock_ops*)at)); return 0; }, MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_sock_ops>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    /// <returns>The verdict.</returns>
    public static TVerdict Run<TVerdict>(this Engine engine, Probe probe, Func<SkLookupContext, TVerdict> program, in bpf_sk_lookup context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged => RunInFull(engine, probe, program, in context, name).Verdict;

    /// <inheritdoc cref="Run{TVerdict}(Engine, Probe, Func{SkLookupContext, TVerdict}, in bpf_sk_lookup, string)"/>
    /// <returns>All that the run gave.</returns>
    public static ProbeRun<TVerdict> RunInFull<TVerdict>(this Engine engine, Probe probe, Func<SkLookupContext, TVerdict> program, in bpf_sk_lookup context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        return new ProgramRunner(engine, probe, name).Run(ProgramType.SkLookup, at => program(new SkLookupContext((bpf_sk_lookup*)at)), MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_sk_lookup>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Enter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    public static void Run(this Engine engine, Probe probe, Action<SkLookupContext> program, in bpf_sk_lookup context, [CallerArgumentExpression(nameof(program))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(program);
        new ProgramRunner(engine, probe, name).Run(ProgramType.SkLookup, at => { program(new SkLookupContext((bpf_sk_lookup*)at)); return 0; }, MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_sk_lookup>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    /// <returns>The verdict.</returns>
    public static TVerdict Run<TVerdict>(this Engine engine, Probe probe, Func<DeviceContext, TVerdict> program, in bpf_cgroup_dev_ctx context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged => RunInFull(engine, probe, program, in context, name).Verdict;

    /// <inheritdoc cref="Run{TVerdict}(Engine, Probe, Func{DeviceContext, TVerdict}, in bpf_cgroup_dev_ctx, string)"/>
    /// <returns>All that the run gave.</returns>
    public static ProbeRun<TVerdict> RunInFull<TVerdict>(this Engine engine, Probe probe, Func<DeviceContext, TVerdict> program, in bpf_cgroup_dev_ctx context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        return new ProgramRunner(engine, probe, name).Run(ProgramType.CgroupDevice, at => program(new DeviceContext((bpf_cgroup_dev_ctx*)at)), MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_cgroup_dev_ctx>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Enter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    public static void Run(this Engine engine, Probe probe, Action<DeviceContext> program, in bpf_cgroup_dev_ctx context, [CallerArgumentExpression(nameof(program))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(program);
        new ProgramRunner(engine, probe, name).Run(ProgramType.CgroupDevice, at => { program(new DeviceContext((bpf_cgroup_dev_ctx*)at)); return 0; }, MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_cgroup_dev_ctx>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    /// <returns>The verdict.</returns>
    public static TVerdict Run<TVerdict>(this Engine engine, Probe probe, Func<SysctlContext, TVerdict> program, in bpf_sysctl context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged => RunInFull(engine, probe, program, in context, name).Verdict;

    /// <inheritdoc cref="Run{TVerdict}(Engine, Probe, Func{SysctlContext, TVerdict}, in bpf_sysctl, string)"/>
    /// <returns>All that the run gave.</returns>
    public static ProbeRun<TVerdict> RunInFull<TVerdict>(this Engine engine, Probe probe, Func<SysctlContext, TVerdict> program, in bpf_sysctl context, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        return new ProgramRunner(engine, probe, name).Run(ProgramType.CgroupSysctl, at => program(new SysctlContext((bpf_sysctl*)at)), MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_sysctl>(in context)), null);
    }

    /// <summary>Runs a program on a context.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Enter</c>.</param>
    /// <param name="context">The context.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    public static void Run(this Engine engine, Probe probe, Action<SysctlContext> program, in bpf_sysctl context, [CallerArgumentExpression(nameof(program))] string name = "")
    {
        ArgumentNullException.ThrowIfNull(program);
        new ProgramRunner(engine, probe, name).Run(ProgramType.CgroupSysctl, at => { program(new SysctlContext((bpf_sysctl*)at)); return 0; }, MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_sysctl>(in context)), null);
    }
}
