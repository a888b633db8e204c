// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>With perf event arrays: this processor. <c>BPF_F_CURRENT_CPU</c></summary>
    public const ulong CurrentCpu = 0xffffffff;

    /// <summary>With socket look-ups: the packet's network namespace. <c>BPF_F_CURRENT_NETNS</c></summary>
    public const ulong CurrentNetns = ulong.MaxValue;

    /// <summary>With stacks: the user's instead of the kernel's. <c>BPF_F_USER_STACK</c></summary>
    public const ulong UserStack = 1 << 8;

    /// <summary>The difference of checksums of two values of the same type; its size is a multiple of 4. Kernel 4.6.</summary>
    /// <returns>The difference, for <see cref="SkbContext.L4CsumReplace"/> with size 0.</returns>
    public static long CsumDiff<T>(in T from, in T to, uint seed = 0)
        where T : unmanaged => Raw.CsumDiff(in from, (uint)sizeof(T), in to, (uint)sizeof(T), seed);
}
