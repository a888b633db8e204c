// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

public static unsafe partial class Bpf
{
    /// <summary>With <see cref="SkbContext.L4CsumReplace"/>: the value is part of the pseudo header (an address). <c>BPF_F_PSEUDO_HDR</c></summary>
    public const ulong PseudoHeader = 1 << 4;

    /// <summary>With <see cref="SkbContext.L4CsumReplace"/>: a checksum of 0 means none and stays (UDP). <c>BPF_F_MARK_MANGLED_0</c></summary>
    public const ulong MarkMangledZero = 1 << 5;

    /// <summary>With <see cref="SkbContext.L4CsumReplace"/>: a checksum of 0 is mended as well. <c>BPF_F_MARK_ENFORCE</c></summary>
    public const ulong MarkEnforce = 1 << 6;

    /// <summary>With redirects: receive there instead of sending. <c>BPF_F_INGRESS</c></summary>
    public const ulong Ingress = 1;

    /// <summary>Helper 28, kernel 4.6: the difference of checksums of two pieces of memory; sizes are multiples of 4, either may be 0.</summary>
    /// <param name="from">What was there.</param>
    /// <param name="fromSize">Its bytes.</param>
    /// <param name="to">What is there.</param>
    /// <param name="toSize">Its bytes.</param>
    /// <param name="seed">A difference to go on from.</param>
    /// <returns>The difference, or a negative error number.</returns>
    [Helper(28)]
    public static long CsumDiff(void* from, uint fromSize, void* to, uint toSize, uint seed) => (long)Managed.Call(28, (ulong)from, fromSize, (ulong)to, toSize, seed);

    /// <summary>Helper 23, kernel 4.4: the packet goes to another interface; return its result (<c>TC_ACT_REDIRECT</c>, <c>XDP_REDIRECT</c>).</summary>
    /// <param name="interfaceIndex">The interface.</param>
    /// <param name="flags">0 to send, <see cref="Ingress"/> to receive there (not for XDP).</param>
    [Helper(23)]
    public static long Redirect(uint interfaceIndex, ulong flags = 0) => (long)Managed.Call(23, interfaceIndex, flags);

    /// <summary>Helper 155, kernel 5.10: the packet goes to the other end of a veth or netkit pair, in its namespace; return its result.</summary>
    /// <param name="interfaceIndex">The end on this side.</param>
    /// <param name="flags">0</param>
    [Helper(155)]
    public static long RedirectPeer(uint interfaceIndex, ulong flags = 0) => (long)Managed.Call(155, interfaceIndex, flags);
}
