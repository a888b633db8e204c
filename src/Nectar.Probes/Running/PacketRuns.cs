// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;

namespace Nectar.Probes;

/// <summary>Runs programs on packets: <c>engine.Run(probe, probe.Filter, packet)</c>. Maps and variables keep their contents from run to run and from engine to engine; rings do not.</summary>
public static unsafe class PacketRuns
{
    /// <summary>Runs a program on a packet.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="fields">Further fields of the context, by the kernel's names.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    /// <returns>The verdict.</returns>
    public static TVerdict Run<TVerdict>(this Engine engine, Probe probe, Func<XdpContext, TVerdict> program, ReadOnlySpan<byte> packet, RunContext? fields = null, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged => RunInFull(engine, probe, program, packet, fields, name).Verdict;

    /// <inheritdoc cref="Run{TVerdict}(Engine, Probe, Func{XdpContext, TVerdict}, ReadOnlySpan{byte}, RunContext?, string)"/>
    /// <returns>All that the run gave.</returns>
    public static ProbeRun<TVerdict> RunInFull<TVerdict>(this Engine engine, Probe probe, Func<XdpContext, TVerdict> program, ReadOnlySpan<byte> packet, RunContext? fields = null, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        return new ProgramRunner(engine, probe, name).Run(ProgramType.Xdp, at => program(new XdpContext((xdp_md*)at)), packet, fields);
    }

    /// <summary>Runs a program on a packet.</summary>
    /// <param name="engine">What runs it.</param>
    /// <param name="probe">The probe.</param>
    /// <param name="program">The program: <c>probe.Filter</c>.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="fields">Further fields of the context, by the kernel's names.</param>
    /// <param name="name">The program's name; by default that of the method.</param>
    /// <returns>The verdict.</returns>
    public static TVerdict Run<TVerdict>(this Engine engine, Probe probe, Func<SkbContext, TVerdict> program, ReadOnlySpan<byte> packet, RunContext? fields = null, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged => RunInFull(engine, probe, program, packet, fields, name).Verdict;

    /// <inheritdoc cref="Run{TVerdict}(Engine, Probe, Func{SkbContext, TVerdict}, ReadOnlySpan{byte}, RunContext?, string)"/>
    /// <returns>All that the run gave.</returns>
    public static ProbeRun<TVerdict> RunInFull<TVerdict>(this Engine engine, Probe probe, Func<SkbContext, TVerdict> program, ReadOnlySpan<byte> packet, RunContext? fields = null, [CallerArgumentExpression(nameof(program))] string name = "")
        where TVerdict : unmanaged
    {
        ArgumentNullException.ThrowIfNull(program);
        return new ProgramRunner(engine, probe, name).Run(ProgramType.SchedCls, at => program(new SkbContext((__sk_buff*)at)), packet, fields);
    }
}
