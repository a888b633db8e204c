// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Bpf.Btf;

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
    /// <summary>
    /// The program is verified when it is loaded, as the kernel does it, and refused if it is not proved safe. What was proved is not tested
    /// when the program runs: it is as fast as in the trusted regime. Loads through pointers of which nothing can be proved here are tested.
    /// Programs over plain memory have no kernel's rules: they are checked instead (<see cref="VmProgram.Regime"/>).
    /// </summary>
    Verified,

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

    /// <summary>The memory regime. Default: <see cref="VmRegime.Verified"/>.</summary>
    public VmRegime Regime { get; init; }

    /// <summary>
    /// Gives the kernel's types to the verifier, for programs that call kernel functions or read kernel objects; asked once, and only for those.
    /// Null, the default: there are none, and such programs load unverified only.
    /// </summary>
    public Func<BtfTypes?>? KernelTypes { get; init; }

    /// <summary>Instructions that one run may take, counted as docs/machine.md says; 0 for no limit, the default.</summary>
    public long FuelLimit { get; init; }

    /// <summary>Longest run; looked at every million instructions. Default: 10 s. <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Processors that per-CPU maps have values for, 1 to 1024. Default: the machine's.</summary>
    public int CpuCount { get; init; } = Environment.ProcessorCount;

    /// <summary>Nanoseconds since start that <c>bpf_ktime_get_ns</c> returns. Default: the monotonic clock.</summary>
    public Func<ulong> Clock { get; init; } = static () => (ulong)(Stopwatch.GetElapsedTime(0).Ticks * 100);

    /// <summary>The seed of random numbers and of the order in hash maps; null, the default, for a different one each time.</summary>
    public ulong? RandomSeed { get; init; }

    /// <summary>Load only these programs; null, the default, for all that the object says are loaded.</summary>
    public IReadOnlyCollection<string>? Programs { get; init; }

    /// <summary>Memory of the caller that programs may read, and write unless it is read-only; the caller keeps it alive and in place.</summary>
    public IReadOnlyList<GrantedMemory> GrantedMemory { get; init; } = [];

    /// <summary>Who the process is that programs ask about.</summary>
    public VmIdentity Identity { get; init; } = new();

    /// <summary>Gets each line of <c>bpf_trace_printk</c> and <c>bpf_trace_vprintk</c>; null to drop them. Called on the thread that runs the program.</summary>
    public Action<string>? TraceSink { get; init; }

    /// <summary>Values of kernel configuration by name, for <c>__kconfig</c> externs: numbers, <c>y</c>, <c>m</c>, <c>n</c> or text. <c>LINUX_KERNEL_VERSION</c> is 6.12 unless set.</summary>
    public IReadOnlyDictionary<string, string> KernelConfig { get; init; } = new Dictionary<string, string>();

    /// <summary>The types that CO-RE relocations are applied against; null, the default: the object's own, which leaves offsets as compiled.</summary>
    public IReadOnlyList<BtfTypes>? TargetTypes { get; init; }

    /// <summary>Addresses of <c>__ksym</c> variables, in <see cref="GrantedMemory"/> or elsewhere; null: there are none.</summary>
    public Func<string, ulong?>? KernelSymbols { get; init; }

    /// <summary>Answers of <c>bpf_fib_lookup</c>; null: every look-up ends in <c>BPF_FIB_LKUP_RET_NOT_FWDED</c>.</summary>
    public Func<FibQuery, FibAnswer?>? FibTable { get; init; }
}

/// <summary>A range of memory that the caller lets programs use.</summary>
/// <param name="Name">What fault texts call it.</param>
/// <param name="Start">Its first address.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="IsReadOnly">True if programs may only read.</param>
public sealed record GrantedMemory(string Name, ulong Start, ulong Length, bool IsReadOnly);

/// <summary>Who the process is that programs ask about with <c>bpf_get_current_*</c>.</summary>
public sealed record VmIdentity
{
    /// <summary>The thread (what the kernel calls pid).</summary>
    public uint ThreadId { get; init; } = 1;

    /// <summary>The process (what the kernel calls tgid).</summary>
    public uint ProcessId { get; init; } = 1;

    /// <summary>The user.</summary>
    public uint UserId { get; init; }

    /// <summary>The group.</summary>
    public uint GroupId { get; init; }

    /// <summary>The name of the thread, at most 15 bytes.</summary>
    public string Command { get; init; } = "nectar";

    /// <summary>The cgroup.</summary>
    public ulong CgroupId { get; init; } = 1;

    /// <summary>The address that stands for the task: by default one that cannot be read; grant memory there to let programs read it.</summary>
    public ulong TaskAddress { get; init; } = 0xffff_8880_0000_1000;

    /// <summary>The socket's cookie.</summary>
    public ulong SocketCookie { get; init; } = 1;

    /// <summary>The NUMA node.</summary>
    public uint NumaNode { get; init; }
}

/// <summary>What <c>bpf_fib_lookup</c> was asked: the fields of <c>struct bpf_fib_lookup</c> that go in.</summary>
/// <param name="Family">AF_INET (2) or AF_INET6 (10).</param>
/// <param name="Protocol">The transport protocol.</param>
/// <param name="InterfaceIndex">The interface the packet came from.</param>
/// <param name="Source">Source address, 4 or 16 bytes.</param>
/// <param name="Destination">Destination address, 4 or 16 bytes.</param>
/// <param name="Flags">The helper's flags.</param>
public sealed record FibQuery(byte Family, byte Protocol, uint InterfaceIndex, byte[] Source, byte[] Destination, uint Flags);

/// <summary>What <c>bpf_fib_lookup</c> answers.</summary>
/// <param name="Result">BPF_FIB_LKUP_RET_*: 0 for success.</param>
/// <param name="InterfaceIndex">The interface to send on.</param>
/// <param name="SourceMac">The 6 bytes of the sender's hardware address.</param>
/// <param name="DestinationMac">The 6 bytes of the next hop's hardware address.</param>
/// <param name="NextHop">The next hop where it is not the destination, 4 or 16 bytes; null otherwise.</param>
/// <param name="Mtu">The path's MTU where it is exceeded.</param>
public sealed record FibAnswer(int Result, uint InterfaceIndex, byte[] SourceMac, byte[] DestinationMac, byte[]? NextHop = null, ushort Mtu = 0);
