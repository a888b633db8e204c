// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Linux.Network;

/// <summary>The messages of rtnetlink that are used here, with the kernel's numbers (include/uapi/linux/rtnetlink.h).</summary>
internal enum RouteMessage : ushort
{
    Error = 2, Done = 3, NewLink = 16, GetLink = 18, SetLink = 19, NewRoute = 24, DeleteRoute = 25,
    NewQdisc = 36, DeleteQdisc = 37, GetQdisc = 38, NewFilter = 44, DeleteFilter = 45, GetFilter = 46,
}

/// <summary><c>struct ifinfomsg</c></summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InterfaceMessage
{
    internal byte Family;
    private readonly byte _padding;
    internal ushort DeviceType;
    internal int Index;
    internal uint Flags, Change;
}

/// <summary><c>struct tcmsg</c></summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TrafficMessage
{
    internal byte Family;
    private readonly byte _padding1;
    private readonly ushort _padding2;
    internal int InterfaceIndex;
    internal uint Handle, Parent, Info;
}

/// <summary><c>struct rtmsg</c></summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RouteEntryMessage
{
    internal byte Family, DestinationLength, SourceLength, TypeOfService, Table, Protocol, Scope, Type;
    internal uint Flags;
}
