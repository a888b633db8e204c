// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>Helpers of socket programs with references in place of addresses.</summary>
internal static unsafe class RawSockets
{
    [Helper(53)]
    internal static long SockMapUpdate(bpf_sock_ops* operation, Map map, ref readonly uint index, ulong flags)
    {
        fixed (uint* i = &index)
        {
            return (long)Managed.Call(53, (ulong)operation, map.Handle, (ulong)i, flags);
        }
    }

    [Helper(70)]
    internal static long SockHashUpdate<TKey>(bpf_sock_ops* operation, Map map, ref readonly TKey key, ulong flags)
        where TKey : unmanaged
    {
        fixed (TKey* k = &key)
        {
            return (long)Managed.Call(70, (ulong)operation, map.Handle, (ulong)k, flags);
        }
    }

    [Helper(59)]
    internal static long SockOpsCbFlagsSet(bpf_sock_ops* operation, int flags) => (long)Managed.Call(59, (ulong)operation, (ulong)flags);

    [Helper(60)]
    internal static long MsgRedirectMap(sk_msg_md* message, Map map, uint index, ulong flags) => (long)Managed.Call(60, (ulong)message, map.Handle, index, flags);

    [Helper(71)]
    internal static long MsgRedirectHash<TKey>(sk_msg_md* message, Map map, ref readonly TKey key, ulong flags)
        where TKey : unmanaged
    {
        fixed (TKey* k = &key)
        {
            return (long)Managed.Call(71, (ulong)message, map.Handle, (ulong)k, flags);
        }
    }

    [Helper(61)]
    internal static long MsgApplyBytes(sk_msg_md* message, uint bytes) => (long)Managed.Call(61, (ulong)message, bytes);

    [Helper(62)]
    internal static long MsgCorkBytes(sk_msg_md* message, uint bytes) => (long)Managed.Call(62, (ulong)message, bytes);

    [Helper(63)]
    internal static long MsgPullData(sk_msg_md* message, uint start, uint end, ulong flags) => (long)Managed.Call(63, (ulong)message, start, end, flags);

    [Helper(90)]
    internal static long MsgPushData(sk_msg_md* message, uint start, uint length, ulong flags) => (long)Managed.Call(90, (ulong)message, start, length, flags);

    [Helper(91)]
    internal static long MsgPopData(sk_msg_md* message, uint start, uint length, ulong flags) => (long)Managed.Call(91, (ulong)message, start, length, flags);

    [Helper(52)]
    internal static long SkRedirectMap(__sk_buff* skb, Map map, uint index, ulong flags) => (long)Managed.Call(52, (ulong)skb, map.Handle, index, flags);

    [Helper(72)]
    internal static long SkRedirectHash<TKey>(__sk_buff* skb, Map map, ref readonly TKey key, ulong flags)
        where TKey : unmanaged
    {
        fixed (TKey* k = &key)
        {
            return (long)Managed.Call(72, (ulong)skb, map.Handle, (ulong)k, flags);
        }
    }

    [Helper(124)]
    internal static long SkAssign(void* context, void* socket, ulong flags) => (long)Managed.Call(124, (ulong)context, (ulong)socket, flags);

    [Helper(82)]
    internal static long SkSelectReuseport(sk_reuseport_md* group, Map map, ref readonly uint index, ulong flags)
    {
        fixed (uint* i = &index)
        {
            return (long)Managed.Call(82, (ulong)group, map.Handle, (ulong)i, flags);
        }
    }

    [Helper(101)]
    internal static long SysctlGetName(bpf_sysctl* sysctl, ref byte buffer, ulong size, ulong flags)
    {
        fixed (byte* b = &buffer)
        {
            return (long)Managed.Call(101, (ulong)sysctl, (ulong)b, size, flags);
        }
    }

    [Helper(102)]
    internal static long SysctlGetCurrentValue(bpf_sysctl* sysctl, ref byte buffer, ulong size)
    {
        fixed (byte* b = &buffer)
        {
            return (long)Managed.Call(102, (ulong)sysctl, (ulong)b, size);
        }
    }

    [Helper(103)]
    internal static long SysctlGetNewValue(bpf_sysctl* sysctl, ref byte buffer, ulong size)
    {
        fixed (byte* b = &buffer)
        {
            return (long)Managed.Call(103, (ulong)sysctl, (ulong)b, size);
        }
    }

    [Helper(104)]
    internal static long SysctlSetNewValue(bpf_sysctl* sysctl, ref readonly byte buffer, ulong size)
    {
        fixed (byte* b = &buffer)
        {
            return (long)Managed.Call(104, (ulong)sysctl, (ulong)b, size);
        }
    }

    [Helper(2)]
    internal static long MapUpdateSocket<TKey>(Map map, ref readonly TKey key, void* socket, ulong flags)
        where TKey : unmanaged
    {
        fixed (TKey* k = &key) return (long)Managed.Call(2, map.Handle, (ulong)k, (ulong)socket, flags);
    }
}
