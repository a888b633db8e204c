// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux;
using Nectar.Linux.Features;
using Nectar.Linux.Refusals;
using Xunit;

namespace Nectar.Tests.Refusals;

/// <summary>What errnos mean on machines that are written down as values.</summary>
public sealed class RefusalTests
{
    private const string Load = "bpf(BPF_PROG_LOAD)", Create = "bpf(BPF_MAP_CREATE)", Link = "bpf(BPF_LINK_CREATE)";

    private static readonly HostState s_root = new()
    {
        Release = KernelRelease.From("6.12.0", "", null, null),
        Config = KernelConfig.Parse("# CONFIG_NETKIT is not set\n# CONFIG_FPROBE is not set\nCONFIG_BPF_JIT=y"),
        Capabilities = ulong.MaxValue,
        MemoryLockLimit = 64 << 10,
        UnprivilegedBpfDisabled = 2,
        PerfEventParanoid = 2,
    };

    [Fact]
    public void NoCapability_NamesTheOnesThatTheTypeNeeds()
    {
        Diagnostic text = Explain(Load, Errno.EPERM, s_root with { Capabilities = 0 }, new() { ProgramType = ProgramType.Xdp });
        Assert.Equal("program 'p': load: EPERM: this process lacks CAP_BPF and CAP_NET_ADMIN", text.Message);
        Assert.Equal("help: run as root (sudo), or give the executable what it needs: setcap cap_bpf,cap_net_admin+ep FILE", text.Notes[^1]);
        Assert.Equal("program 'p': load: EPERM: this process lacks CAP_BPF and CAP_PERFMON", Explain(Load, Errno.EPERM, s_root with { Capabilities = 0 }, new() { ProgramType = ProgramType.Kprobe }).Message);
        Assert.Equal("program 'p': load: EPERM: this process lacks CAP_BPF", Explain(Create, Errno.EPERM, s_root with { Capabilities = 0 }).Message);
        Assert.EndsWith("this process lacks CAP_SYS_ADMIN", Explain("bpf(BPF_PROG_GET_FD_BY_ID)", Errno.EPERM, s_root with { Capabilities = 0 }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LockedMemory_IsBlamedOnOldKernelsOnly()
    {
        HostState old = s_root with { Release = KernelRelease.From("5.10.0", "", null, null), Capabilities = ulong.MaxValue & ~(1ul << 14) };
        Assert.Contains("64 KB are allowed here (RLIMIT_MEMLOCK)", Explain(Create, Errno.EPERM, old).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("RLIMIT_MEMLOCK", Explain(Create, Errno.EPERM, old with { MemoryLockLimit = ulong.MaxValue }).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("RLIMIT_MEMLOCK", Explain(Create, Errno.EPERM, s_root).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BlockedType_IsFoundOutByTrying()
    {
        RefusalFacts facts = new(Load, Errno.EPERM, new() { ProgramType = ProgramType.Tracing, AttachType = AttachType.TraceFentry }, s_root) { ProbeProgram = (_, _) => new(FeatureState.No, "", Errno.EPERM) };
        string message = Refusal.Explain(LinuxCodes.Program, "program 'p'", "load", facts).Message;
        Assert.Equal("program 'p': load: EPERM: this kernel, its sandbox or a security module blocks fentry programs: it refuses the smallest one too; it is not the memory lock limit", message);
    }

    [Fact]
    public void UnknownTypes_SayWhy()
    {
        RefusalFacts map = new(Create, Errno.EINVAL, new() { MapType = MapType.Arena }, s_root with { Release = KernelRelease.From("6.1.0", "", null, null) }) { ProbeMap = _ => new(FeatureState.No, "") };
        Assert.Equal("program 'p': load: EINVAL: maps of type arena: needs Linux 6.9; this is 6.1.0 (6.1.0)", Refusal.Explain(LinuxCodes.Map, "program 'p'", "load", map).Message);
        Assert.Equal("program 'p': load: EINVAL: CONFIG_NETKIT is off in this kernel (-)", Explain(Link, Errno.EINVAL, s_root, new() { ProgramType = ProgramType.SchedCls, AttachType = AttachType.NetkitPrimary }).Message);
        Assert.Equal("program 'p': load: EOPNOTSUPP: CONFIG_FPROBE is off in this kernel (-)", Explain(Link, Errno.EOPNOTSUPP, s_root, new() { ProgramType = ProgramType.Kprobe, AttachType = AttachType.TraceKprobeMulti }).Message);
    }

    [Fact]
    public void MapRules_AreSentences()
    {
        MapDefinition ring = new() { Name = "r", Type = MapType.RingBuf, MaxEntries = 4096, KeySize = 4 };
        RefusalFacts facts = new(Create, Errno.EINVAL, new() { Map = ring }, s_root) { ProbeMap = _ => FeatureStatus.Yes() };
        string message = Refusal.Explain(LinuxCodes.Map, "map 'r'", "create", facts).Message;
        Assert.StartsWith("map 'r': create: EINVAL: ", message, StringComparison.Ordinal);
        Assert.Contains("key", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bpf(BPF_OBJ_PIN)", Errno.EEXIST, "something is pinned there already")]
    [InlineData("bpf(BPF_OBJ_PIN)", Errno.EPERM, "the path is not in a bpf filesystem")]
    [InlineData("bpf(BPF_OBJ_GET)", Errno.ENOENT, "nothing is pinned there")]
    [InlineData("bpf(BPF_MAP_UPDATE_ELEM)", Errno.E2BIG, "the map is full, or the index is beyond its end")]
    [InlineData("bpf(BPF_MAP_UPDATE_ELEM)", Errno.EPERM, "the map is frozen, was made read-only or write-only for user space, or this descriptor was opened so")]
    [InlineData("bpf(BPF_LINK_CREATE)", Errno.EBUSY, "something else is attached there, and the hook takes one")]
    [InlineData("bpf(BPF_LINK_CREATE)", Errno.ENODEV, "there is no such network interface or device (any more)")]
    [InlineData("bpf(BPF_RAW_TRACEPOINT_OPEN)", Errno.ENOENT, "there is no such tracepoint")]
    [InlineData("bpf(BPF_PROG_TEST_RUN)", Errno.ENOTSUPP, "programs of this type have no test run")]
    [InlineData("bpf(BPF_MAP_CREATE)", Errno.ENOMEM, "the elements do not fit into the memory that is left, or that the memory cgroup allows")]
    [InlineData("bpf(BPF_MAP_CREATE)", Errno.EMFILE, "this process has as many open files as it may have")]
    [InlineData("bpf(BPF_MAP_CREATE)", Errno.ENOSYS, "the kernel was compiled without bpf(2) (CONFIG_BPF_SYSCALL), or a sandbox hides it")]
    [InlineData("perf_event_open(2)", Errno.EACCES, "kernel.perf_event_paranoid is 2, and this process lacks CAP_PERFMON")]
    [InlineData("perf_event_open(2)", Errno.ENOENT, "this machine does not have the event: no such counter, or kprobes and uprobes are not compiled in")]
    [InlineData("ioctl(X)", Errno.ESRCH, "there is no such process, or it has ended")]
    public void Errnos_MeanSomethingForTheirCall(string call, Errno errno, string meaning) => Assert.Equal($"program 'p': load: {errno}: {meaning}", Explain(call, errno, s_root).Message);

    [Fact]
    public void HelpOfTheCaller_ReplacesTheGeneralOne()
    {
        RefusalFacts facts = new("bpf(BPF_OBJ_GET)", Errno.ENOENT, default, s_root);
        Assert.Equal<string>(["note: n", "help: mine"], Refusal.Explain(LinuxCodes.Pin, "pin 'x'", "open", facts, "note: n", "help: mine").Notes.ToArray());
    }

    [Fact]
    public void UnknownErrnos_KeepTheirNumber() => Assert.Equal("program 'p': load: errno 4000", Explain(Load, (Errno)4000, s_root).Message);

    private static Diagnostic Explain(string call, Errno errno, HostState host, RefusalContext context = default) =>
        Refusal.Explain(LinuxCodes.Program, "program 'p'", "load", new RefusalFacts(call, errno, context, host) { ProbeProgram = (_, _) => FeatureStatus.Yes(), ProbeMap = _ => FeatureStatus.Yes() });
}
