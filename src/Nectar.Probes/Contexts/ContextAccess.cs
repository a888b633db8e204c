// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>Fields of contexts that are addresses in packets: in most contexts in 32 bits, which the kernel's verifier widens.</summary>
internal static unsafe class ContextAccess
{
    [Intrinsic("ctx.data")]
    internal static byte* Data(xdp_md* context) => Managed.PacketStart;

    [Intrinsic("ctx.data_end")]
    internal static byte* DataEnd(xdp_md* context) => Managed.PacketEnd;

    [Intrinsic("ctx.data_meta")]
    internal static byte* DataMeta(xdp_md* context) => Managed.PacketMeta;

    [Intrinsic("ctx.data")]
    internal static byte* Data(__sk_buff* context) => Managed.PacketStart;

    [Intrinsic("ctx.data_end")]
    internal static byte* DataEnd(__sk_buff* context) => Managed.PacketEnd;

    [Intrinsic("ctx.data_meta")]
    internal static byte* DataMeta(__sk_buff* context) => Managed.PacketMeta;

    [Intrinsic("ctx.data")]
    internal static byte* Data(sk_msg_md* context) => context->data;

    [Intrinsic("ctx.data_end")]
    internal static byte* DataEnd(sk_msg_md* context) => context->data_end;

    [Intrinsic("ctx.data")]
    internal static byte* Data(sk_reuseport_md* context) => context->data;

    [Intrinsic("ctx.data_end")]
    internal static byte* DataEnd(sk_reuseport_md* context) => context->data_end;

    internal static byte* Value(bpf_sockopt* context) => context->optval;

    internal static byte* ValueEnd(bpf_sockopt* context) => context->optval_end;
}
