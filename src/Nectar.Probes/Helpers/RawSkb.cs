// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>Helpers of <see cref="SkbContext"/>.</summary>
internal static unsafe class RawSkb
{
    [Helper(10)]
    internal static long L3CsumReplace(__sk_buff* context, uint offset, ulong from, ulong to, ulong flags) => (long)Managed.Call(10, (ulong)context, offset, from, to, flags);

    [Helper(11)]
    internal static long L4CsumReplace(__sk_buff* context, uint offset, ulong from, ulong to, ulong flags) => (long)Managed.Call(11, (ulong)context, offset, from, to, flags);

    [Helper(13)]
    internal static long CloneRedirect(__sk_buff* context, uint interfaceIndex, ulong flags) => (long)Managed.Call(13, (ulong)context, interfaceIndex, flags);

    [Helper(17)]
    internal static uint GetCgroupClassid(__sk_buff* context) => (uint)Managed.Call(17, (ulong)context);

    [Helper(18)]
    internal static long VlanPush(__sk_buff* context, ushort protocol, ushort tci) => (long)Managed.Call(18, (ulong)context, protocol, tci);

    [Helper(19)]
    internal static long VlanPop(__sk_buff* context) => (long)Managed.Call(19, (ulong)context);

    [Helper(24)]
    internal static uint GetRouteRealm(__sk_buff* context) => (uint)Managed.Call(24, (ulong)context);

    [Helper(31)]
    internal static long ChangeProtocol(__sk_buff* context, ushort protocol, ulong flags) => (long)Managed.Call(31, (ulong)context, protocol, flags);

    [Helper(32)]
    internal static long ChangeType(__sk_buff* context, uint type) => (long)Managed.Call(32, (ulong)context, type);

    [Helper(34)]
    internal static uint GetHashRecalc(__sk_buff* context) => (uint)Managed.Call(34, (ulong)context);

    [Helper(38)]
    internal static long ChangeTail(__sk_buff* context, uint length, ulong flags) => (long)Managed.Call(38, (ulong)context, length, flags);

    [Helper(39)]
    internal static long PullData(__sk_buff* context, uint length) => (long)Managed.Call(39, (ulong)context, length);

    [Helper(40)]
    internal static long CsumUpdate(__sk_buff* context, uint difference) => (long)Managed.Call(40, (ulong)context, difference);

    [Helper(41)]
    internal static void SetHashInvalid(__sk_buff* context) => Managed.Call(41, (ulong)context);

    [Helper(43)]
    internal static long ChangeHead(__sk_buff* context, uint length, ulong flags) => (long)Managed.Call(43, (ulong)context, length, flags);

    [Helper(46)]
    internal static ulong GetSocketCookie(__sk_buff* context) => Managed.Call(46, (ulong)context);

    [Helper(47)]
    internal static uint GetSocketUid(__sk_buff* context) => (uint)Managed.Call(47, (ulong)context);

    [Helper(48)]
    internal static long SetHash(__sk_buff* context, uint hash) => (long)Managed.Call(48, (ulong)context, hash);

    [Helper(50)]
    internal static long AdjustRoom(__sk_buff* context, int difference, uint mode, ulong flags) => (long)Managed.Call(50, (ulong)context, (ulong)(long)difference, mode, flags);

    [Helper(79)]
    internal static ulong GetCgroupId(__sk_buff* context) => Managed.Call(79, (ulong)context);

    [Helper(83)]
    internal static ulong GetAncestorCgroupId(__sk_buff* context, int level) => Managed.Call(83, (ulong)context, (ulong)(long)level);

    [Helper(97)]
    internal static long EcnSetCe(__sk_buff* context) => (long)Managed.Call(97, (ulong)context);

    [Helper(122)]
    internal static ulong GetNetnsCookie(__sk_buff* context) => Managed.Call(122, (ulong)context);

    [Helper(135)]
    internal static long CsumLevel(__sk_buff* context, ulong level) => (long)Managed.Call(135, (ulong)context, level);

    [Helper(192)]
    internal static long SetTimestamp(__sk_buff* context, ulong timestamp, uint type) => (long)Managed.Call(192, (ulong)context, timestamp, type);
}
