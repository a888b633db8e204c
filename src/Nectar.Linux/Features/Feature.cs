// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Features;

/// <summary>What kernels have or lack beyond types of programs, maps and helpers. <see cref="FeatureInfo"/> has the facts of each.</summary>
public enum Feature
{
#pragma warning disable CS1591 // FeatureInfo.Name says each in words
    BpfSyscall, ProgramNames, GlobalData, ArrayMmap, ProgramBindMap, ExpectedAttachType, LogTrueSize, MemcgAccounting, BatchOperations, RunTimeStatistics, Token,
    Btf, BtfFunctions, BtfGlobalFunctions, BtfDataSections, BtfOptionalDataSections, BtfFloat, BtfDeclarationTags, BtfTypeTags, BtfEnum64,
    KernelTypes, ModuleTypes, ContextArgumentTag,
    LargePrograms, BoundedLoops, IsaV2, IsaV3, IsaV4, AtomicFetch, LoadAcquire, MayGoto,
    ProbeReadKernel, BpfCookie, LoopHelper, Timers, Dynptrs, Kfuncs, OpenCodedIterators, Exceptions, WorkQueues, ResilientSpinLocks, ProbeWriteUser, OverrideReturn,
    RingBuffer, UserRingBuffer, BloomFilter, Arena,
    Kprobes, Uprobes, PerfLink, KprobeMultiLink, KprobeSession, UprobeMultiLink, UprobeSession,
    RawTracepoints, BtfTracepoints, Fentry, Fexit, ModifyReturn, Lsm, LsmCgroup, Freplace, Iterators, StructOpsLink,
    XdpNative, XdpGeneric, XdpLink, XdpFrags, TcxLink, NetkitLink, Clsact, TcAction, LightweightTunnels,
    CgroupLink, NetnsLink, NetfilterLink, SockmapLink, HardwareCounters, AllKernelSymbols,
#pragma warning restore CS1591
}
