// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using static Nectar.Bpf.Vm.Arguments;

namespace Nectar.Bpf.Vm;

/// <summary>Where packets would go: recorded in the run's result instead of done.</summary>
internal static unsafe class RedirectHelpers
{
    private const ulong TcShot = 2, TcRedirect = 7, XdpAborted = 0, XdpRedirect = 4;
    private const int FibParameters = 64;

    internal static ulong ToInterface(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        bool xdp = VmSupport.Session(state).Layout.Shape == ContextShape.Xdp;
        if (xdp ? r2 != 0 : (r2 & ~1ul) != 0) return xdp ? XdpAborted : TcShot;
        return Note(state, RedirectKind.Interface, (uint)r1, r2, xdp ? XdpRedirect : TcRedirect);
    }

    internal static ulong ToPeer(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state) => r2 != 0 ? TcShot : Note(state, RedirectKind.Peer, (uint)r1, r2, TcRedirect);

    internal static ulong ToNeighbour(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (((uint)r3 != 0 && (uint)r3 < 20) || r4 != 0) return TcShot;
        return Readable(state, 2, r2, (uint)r3) ? Note(state, RedirectKind.Neighbour, (uint)r1, r4, TcRedirect) : 0;
    }

    internal static ulong Clone(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!IsContext(state, 1, r1)) return 0;
        return (r3 & ~1ul) != 0 ? Error(Errno.EINVAL) : Note(state, RedirectKind.Clone, (uint)r2, r3, 0);
    }

    internal static ulong ToMap(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        const ulong action = 3, broadcast = 8, excludeIngress = 16;
        if (Map(state, 1, r1) is not { } map) return 0;
        bool devices = map.Definition.Type is MapType.DevMap or MapType.DevMapHash;
        if ((r3 & ~(action | (devices ? broadcast | excludeIngress : 0))) != 0) return XdpAborted;
        uint key = (uint)r2;
        ulong target = 0;
        bool found = map switch
        {
            VmRedirectMap targets => targets.TryGetTarget(key, out target),
            VmHashTargets targets => targets.TryGetTarget((byte*)&key, out target),
            _ => false,
        };
        if (!found && (r3 & broadcast) == 0) return r3 & action;
        VmSupport.Session(state).Redirects.Add(new Redirect(RedirectKind.Map, (uint)target, r3, map.Name, key));
        return XdpRedirect;
    }

    /// <summary>Socket redirects by index: (context, map, key, flags).</summary>
    internal static ulong ToSocket(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (Map(state, 2, r2) is not { } map) return 0;
        VmSupport.Session(state).Redirects.Add(new Redirect(RedirectKind.Socket, 0, r4, map.Name, (uint)r3));
        return 1;
    }

    /// <summary>bpf_sk_select_reuseport(context, map, key, flags).</summary>
    internal static ulong SelectReuseport(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if (!IsContext(state, 1, r1) || Map<VmRedirectMap>(state, 2, r2) is not { } sockets || !Readable(state, 3, r3, 4)) return 0;
        if (!sockets.TryGetTarget(*(uint*)r3, out ulong socket)) return Error(Errno.ENOENT);
        VmSupport.Session(state).Redirects.Add(new Redirect(RedirectKind.Socket, (uint)socket, r4, sockets.Name, *(uint*)r3));
        return 0;
    }

    internal static ulong FibLookup(ulong r1, ulong r2, ulong r3, ulong r4, ulong r5, VmState* state)
    {
        if ((uint)r3 < FibParameters) return Error(Errno.EINVAL);
        if (!IsContext(state, 1, r1) || !Writable(state, 2, r2, (uint)r3)) return 0;
        Span<byte> parameters = new((void*)r2, FibParameters);
        byte family = parameters[0];
        if (family is not (2 or 10)) return Error(Errno.EAFNOSUPPORT);
        int size = family == 2 ? 4 : 16;
        FibQuery query = new(family, parameters[1], BinaryPrimitives.ReadUInt32LittleEndian(parameters[8..]), parameters.Slice(16, size).ToArray(), parameters.Slice(32, size).ToArray(), (uint)r4);
        FibAnswer? answer = VmSupport.Session(state).Host.Options.FibTable?.Invoke(query);
        if (answer is null) return 4; // BPF_FIB_LKUP_RET_NOT_FWDED
        if (answer.Mtu != 0) BinaryPrimitives.WriteUInt16LittleEndian(parameters[6..], answer.Mtu);
        BinaryPrimitives.WriteUInt32LittleEndian(parameters[8..], answer.InterfaceIndex);
        answer.NextHop?.AsSpan(0, size).CopyTo(parameters[32..]);
        if (answer.Result != 0) return (ulong)answer.Result;
        parameters.Slice(48, 4).Clear();
        answer.SourceMac.AsSpan(0, 6).CopyTo(parameters[52..]);
        answer.DestinationMac.AsSpan(0, 6).CopyTo(parameters[58..]);
        return 0;
    }

    private static ulong Note(VmState* state, RedirectKind kind, uint index, ulong flags, ulong result)
    {
        VmSupport.Session(state).Redirects.Add(new Redirect(kind, index, flags));
        return result;
    }
}
