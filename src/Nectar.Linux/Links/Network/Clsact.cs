// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Maps;
using Nectar.Linux.Cleanup;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links.Network;

/// <summary>
/// The clsact qdisc and its filters over rtnetlink. A qdisc that this process made goes with the last filter on it, whoever made the
/// filter; one that was there stays.
/// </summary>
internal static unsafe class Clsact
{
    private const uint QdiscHandle = 0xFFFF_0000, QdiscParent = 0xFFFF_FFF1, IngressParent = 0xFFFF_FFF2, EgressParent = 0xFFFF_FFF3;
    private const ushort Kind = 1, Options = 2; // TCA_KIND, TCA_OPTIONS
    private const ushort BpfDescriptor = 6, BpfName = 7, BpfFlags = 8, BpfId = 11; // TCA_BPF_*
    private const int DirectAction = 1;

    private static readonly Dictionary<(ulong Namespace, int Interface), int> s_made = [];
    private static readonly Dictionary<(ulong Namespace, int Interface), LeftoverNote> s_notes = [];
    private static readonly Lock s_lock = new();

    private static uint AllProtocols => BitConverter.IsLittleEndian ? 0x0300u : 0x0003u; // ETH_P_ALL in network order

    /// <summary>Makes the qdisc if it is not there, and counts a user of it.</summary>
    internal static Errno Acquire(NetlinkSocket socket, int interfaceIndex, out string? reason)
    {
        lock (s_lock)
        {
            NetlinkMessage message = new(stackalloc byte[NetlinkMessage.BufferSize], RouteMessage.NewQdisc, NetlinkMessage.Create | NetlinkMessage.Exclusive);
            message.Body(new TrafficMessage { InterfaceIndex = interfaceIndex, Handle = QdiscHandle, Parent = QdiscParent });
            message.Add(Kind, "clsact");
            (ulong, int) key = (socket.NamespaceCookie, interfaceIndex);
            LeftoverNote? note = s_made.ContainsKey(key) ? null : LeftoverNote.Write(LeftoverKind.Qdisc, LeftoverNote.CurrentNamespace(), interfaceIndex.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Errno errno = socket.Send(message.Finish(), out reason);
            if (errno != Errno.None) note?.Dispose();
            else if (note is not null) s_notes[key] = note;
            if (errno == Errno.None) s_made[key] = 1;
            else if (errno == Errno.EEXIST && s_made.TryGetValue(key, out int users)) s_made[key] = users + 1;
            return errno == Errno.EEXIST ? Errno.None : errno;
        }
    }

    /// <summary>Ends a use of the qdisc; the last one removes it if this process made it and no filter of others is on it.</summary>
    internal static void Release(NetlinkSocket socket, int interfaceIndex)
    {
        lock (s_lock)
        {
            (ulong, int) key = (socket.NamespaceCookie, interfaceIndex);
            if (!s_made.TryGetValue(key, out int users)) return;
            if (users > 1)
            {
                s_made[key] = users - 1;
                return;
            }

            s_made.Remove(key);
            _ = RemoveIfEmpty(socket, interfaceIndex);
            if (s_notes.Remove(key, out LeftoverNote? note)) note.Dispose();
        }
    }

    /// <summary>Removes the qdisc unless a filter is on it.</summary>
    /// <returns>True if it is gone, or belongs to the filters of others now.</returns>
    internal static bool RemoveIfEmpty(NetlinkSocket socket, int interfaceIndex)
    {
        if (HasFilters(socket, interfaceIndex, IngressParent) || HasFilters(socket, interfaceIndex, EgressParent)) return true;
        NetlinkMessage message = new(stackalloc byte[NetlinkMessage.BufferSize], RouteMessage.DeleteQdisc, 0);
        message.Body(new TrafficMessage { InterfaceIndex = interfaceIndex, Handle = QdiscHandle, Parent = QdiscParent });
        return socket.Send(message.Finish(), out _) is Errno.None or Errno.ENOENT or Errno.EINVAL or Errno.ENODEV; // gone already: nothing to remove
    }

    /// <summary>True if the interface has the qdisc.</summary>
    internal static bool IsThere(NetlinkSocket socket, int interfaceIndex)
    {
        bool found = false;
        NetlinkMessage message = new(stackalloc byte[NetlinkMessage.BufferSize], RouteMessage.GetQdisc, NetlinkMessage.Dump);
        message.Body(new TrafficMessage { InterfaceIndex = interfaceIndex });
        _ = socket.Send(message.Finish(), out _, (type, body) =>
        {
            if (type != RouteMessage.NewQdisc || body.Length < sizeof(TrafficMessage)) return;
            TrafficMessage qdisc = MemoryMarshal.Read<TrafficMessage>(body);
            found |= qdisc.InterfaceIndex == interfaceIndex && qdisc.Handle == QdiscHandle && NetlinkAttributes.Find(body[sizeof(TrafficMessage)..], Kind).StartsWith("clsact\0"u8);
        });
        return found;
    }

    /// <summary>Adds or replaces a filter that is a program.</summary>
    internal static Errno Add(NetlinkSocket socket, int interfaceIndex, TcDirection direction, int program, string name, bool replace, ref ushort priority, ref uint handle, out string? reason)
    {
        ushort flags = (ushort)(NetlinkMessage.Create | NetlinkMessage.Echo | (replace ? 0 : NetlinkMessage.Exclusive));
        NetlinkMessage message = new(stackalloc byte[NetlinkMessage.BufferSize], RouteMessage.NewFilter, flags);
        message.Body(Filter(interfaceIndex, direction, priority, handle));
        message.Add(Kind, "bpf");
        int nest = message.Begin(Options);
        message.Add(BpfDescriptor, program);
        message.Add(BpfName, name);
        message.Add(BpfFlags, DirectAction);
        message.End(nest);
        return AddFilter(socket, ref message, ref priority, ref handle, out reason);
    }

    /// <summary>Adds a filter that matches all packets and has a program as its action.</summary>
    internal static Errno AddAction(NetlinkSocket socket, int interfaceIndex, TcDirection direction, KernelProgram program, ref ushort priority, ref uint handle, out string? reason)
    {
        const ushort MatchAllActions = 2, ActionKind = 1, ActionOptions = 2, ActionParameters = 2, ActionDescriptor = 5, ActionName = 6;
        NetlinkMessage message = new(stackalloc byte[NetlinkMessage.BufferSize], RouteMessage.NewFilter, NetlinkMessage.Create | NetlinkMessage.Echo | NetlinkMessage.Exclusive);
        message.Body(Filter(interfaceIndex, direction, priority, handle));
        message.Add(Kind, "matchall");
        int options = message.Begin(Options), actions = message.Begin(MatchAllActions), first = message.Begin(1);
        message.Add(ActionKind, "bpf");
        int action = message.Begin(ActionOptions);
        Span<byte> parameters = stackalloc byte[20]; // struct tc_act_bpf: index, capabilities, action, reference counts; all the program's choice
        parameters.Clear();
        MemoryMarshal.Write(parameters[8..], -1); // TC_ACT_UNSPEC where the program says so
        message.Add(ActionParameters, parameters);
        message.Add(ActionDescriptor, program.Fd);
        message.Add(ActionName, program.Name);
        message.End(action);
        message.End(first);
        message.End(actions);
        message.End(options);
        Errno errno = AddFilter(socket, ref message, ref priority, ref handle, out reason);
        GC.KeepAlive(program);
        return errno;
    }

    private static Errno AddFilter(NetlinkSocket socket, ref NetlinkMessage message, ref ushort priority, ref uint handle, out string? reason)
    {
        (ushort foundPriority, uint foundHandle) = (priority, handle);
        Errno errno = socket.Send(message.Finish(), out reason, (type, body) =>
        {
            if (type != RouteMessage.NewFilter || body.Length < sizeof(TrafficMessage)) return;
            TrafficMessage made = MemoryMarshal.Read<TrafficMessage>(body);
            (foundPriority, foundHandle) = ((ushort)(made.Info >> 16), made.Handle);
        });
        if (errno == Errno.None) (priority, handle) = (foundPriority, foundHandle);
        return errno;
    }

    internal static Errno Remove(NetlinkSocket socket, int interfaceIndex, TcDirection direction, ushort priority, uint handle, string kind = "bpf")
    {
        NetlinkMessage message = new(stackalloc byte[NetlinkMessage.BufferSize], RouteMessage.DeleteFilter, 0);
        message.Body(Filter(interfaceIndex, direction, priority, handle));
        message.Add(Kind, kind);
        return socket.Send(message.Finish(), out _);
    }

    internal static List<TcFilter> Filters(NetlinkSocket socket, int interfaceIndex, TcDirection direction)
    {
        List<TcFilter> filters = [];
        Errno errno = Dump(socket, interfaceIndex, Parent(direction), (fixedPart, attributes) =>
        {
            ReadOnlySpan<byte> options = NetlinkAttributes.Find(attributes, Options);
            // A priority without a filter has a line of its own, with handle 0.
            if (fixedPart.Handle == 0 || !NetlinkAttributes.Find(attributes, Kind).StartsWith("bpf\0"u8)) return;
            ReadOnlySpan<byte> id = NetlinkAttributes.Find(options, BpfId), flags = NetlinkAttributes.Find(options, BpfFlags);
            string name = System.Text.Encoding.UTF8.GetString(NetlinkAttributes.Find(options, BpfName).TrimEnd((byte)0));
            filters.Add(new TcFilter((ushort)(fixedPart.Info >> 16), fixedPart.Handle, id.Length < 4 ? 0 : MemoryMarshal.Read<uint>(id), name, flags.Length >= 4 && (MemoryMarshal.Read<int>(flags) & DirectAction) != 0));
        });
        // EINVAL: there is no clsact qdisc, so there are no filters
        if (errno is Errno.None or Errno.EINVAL or Errno.ENOENT) return filters;
        throw Refusal.Make(NetworkCodes.Tc, $"tc filters of {NetworkInterfaces.Describe(interfaceIndex)}", "list them", "rtnetlink(RTM_GETTFILTER)", errno);
    }

    private static bool HasFilters(NetlinkSocket socket, int interfaceIndex, uint parent)
    {
        bool any = false;
        _ = Dump(socket, interfaceIndex, parent, (_, _) => any = true);
        return any;
    }

    private delegate void FilterReply(TrafficMessage fixedPart, ReadOnlySpan<byte> attributes);

    private static Errno Dump(NetlinkSocket socket, int interfaceIndex, uint parent, FilterReply reply)
    {
        NetlinkMessage message = new(stackalloc byte[NetlinkMessage.BufferSize], RouteMessage.GetFilter, NetlinkMessage.Dump);
        message.Body(new TrafficMessage { InterfaceIndex = interfaceIndex, Parent = parent });
        return socket.Send(message.Finish(), out _, (type, body) =>
        {
            if (type == RouteMessage.NewFilter && body.Length >= sizeof(TrafficMessage)) reply(MemoryMarshal.Read<TrafficMessage>(body), body[sizeof(TrafficMessage)..]);
        });
    }

    private static uint Parent(TcDirection direction) => direction == TcDirection.Ingress ? IngressParent : EgressParent;

    private static TrafficMessage Filter(int interfaceIndex, TcDirection direction, ushort priority, uint handle) => new()
    {
        InterfaceIndex = interfaceIndex,
        Handle = handle,
        Parent = Parent(direction),
        Info = ((uint)priority << 16) | AllProtocols,
    };
}
