// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

namespace Nectar.Bpf.Vm;

/// <summary>Which engine runs programs.</summary>
public enum VmEngine : byte
{
    /// <summary>Machine code where this processor is supported, else the interpreter.</summary>
    Auto,

    /// <summary>The interpreter.</summary>
    Interpreter,

    /// <summary>Machine code; loading fails where it is not supported.</summary>
    Jit,
}

/// <summary>How memory accesses are treated.</summary>
public enum VmRegime : byte
{
    /// <summary>Each access is tested against the program's memory; a miss ends the run with a fault.</summary>
    Checked,

    /// <summary>No tests: for programs that one would also load into this process as native code.</summary>
    Trusted,
}

/// <summary>How an object is loaded into this process, and what its programs see of the world.</summary>
public sealed record VmOptions
{
    /// <summary>The engine. Default: <see cref="VmEngine.Auto"/>.</summary>
    public VmEngine Engine { get; init; }

    /// <summary>The memory regime. Default: <see cref="VmRegime.Checked"/>.</summary>
    public VmRegime Regime { get; init; }

    /// <summary>Instructions that one run may take, counted as docs/machine.md says; 0 for no limit, the default.</summary>
    public long FuelLimit { get; init; }

    /// <summary>Longest run; looked at every million instructions. Default: 10 s. <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Processors that per-CPU maps have values for, 1 to 1024. Default: the machine's.</summary>
    public int CpuCount { get; init; } = Environment.ProcessorCount;

    /// <summary>Nanoseconds since start that <c>bpf_ktime_get_ns</c> returns. Default: the monotonic clock.</summary>
    public Func<ulong> Clock { get; init; } = static () => (ulong)(Stopwatch.GetElapsedTime(0).Ticks * 100);

    /// <summary>The seed of random numbers; null, the default, for a different one each time.</summary>
    public ulong? RandomSeed { get; init; }
}
