// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>Helpers of <see cref="XdpContext"/>.</summary>
internal static unsafe class RawXdp
{
    [Helper(44)]
    internal static long AdjustHead(xdp_md* context, int difference) => (long)Managed.Call(44, (ulong)context, (ulong)(long)difference);

    [Helper(54)]
    internal static long AdjustMeta(xdp_md* context, int difference) => (long)Managed.Call(54, (ulong)context, (ulong)(long)difference);

    [Helper(65)]
    internal static long AdjustTail(xdp_md* context, int difference) => (long)Managed.Call(65, (ulong)context, (ulong)(long)difference);

    [Helper(188)]
    internal static ulong GetLength(xdp_md* context) => Managed.Call(188, (ulong)context);
}
