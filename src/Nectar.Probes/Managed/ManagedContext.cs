// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Bpf.Vm;

namespace Nectar.Probes;

/// <summary>
/// The world that programs see when they run on the CLR: clock, process, processor, random numbers, where text goes. One is current on each
/// thread.
/// </summary>
public sealed unsafe class ManagedContext : IDisposable
{
    [ThreadStatic]
    private static ManagedContext? t_current;

    private readonly VmHost _host;
    private RunSession? _session;

    /// <summary>Makes a world.</summary>
    public ManagedContext()
    {
        Clock = static () => (ulong)(Stopwatch.GetElapsedTime(0).Ticks * 100);
        _host = new VmHost(new VmOptions { Regime = VmRegime.Trusted, CpuCount = CpuCount, Clock = () => Clock(), TraceSink = text => Trace?.Invoke(text) }) { TakesAnyMap = true };
    }

    /// <summary>The current thread's.</summary>
    public static ManagedContext Current
    {
        get => t_current ??= new ManagedContext();
        set => t_current = value;
    }

    /// <summary>Processors that per-CPU maps have values for.</summary>
    public static int CpuCount { get; } = Environment.ProcessorCount;

    /// <summary>Nanoseconds since boot.</summary>
    public Func<ulong> Clock { get; set; }

    /// <summary>Who runs.</summary>
    public VmIdentity Identity
    {
        get => _host.Identity;
        set => _host.Identity = value;
    }

    /// <summary>Gets each line that a program prints.</summary>
    public Action<string>? Trace { get; set; }

    /// <summary>The processor that programs believe to run on.</summary>
    public int Cpu
    {
        get => (int)Session.State->Cpu;
        set => Session.State->Cpu = (uint)value < (uint)CpuCount ? (uint)value : throw new ArgumentOutOfRangeException(nameof(value), $"{value} is no processor: there are {CpuCount}");
    }

    internal ManagedTimers Timers { get; } = new();

    internal VmOptions Options => _host.Options;

    /// <summary>Runs the timers that are due.</summary>
    /// <param name="now">The time in nanoseconds; null for the clock's.</param>
    /// <returns>How many ran.</returns>
    public int RunTimers(ulong? now = null) => Timers.Run(now ?? Clock());

    internal RunSession Session
    {
        get
        {
            if (_session is not null) return _session;
            _session = _host.Rent();
            _session.Select(ContextLayout.For(Nectar.Bpf.Objects.ProgramType.Unspec));
            _session.Configure(_host.Options, null);
            _session.Begin(false);
            return _session;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_session is null) return;
        _session.EndRun();
        _host.Return(_session);
        _session = null;
        _host.Stop();
        if (t_current == this) t_current = null;
    }
}
