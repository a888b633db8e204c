// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Trace.Printing;

/// <summary>Addresses of networks as text.</summary>
internal static unsafe partial class Addresses
{
    private const int MaxText = 46; // INET6_ADDRSTRLEN

    public static void WriteInternet(Utf8Buffer to, int family, ReadOnlySpan<byte> address)
    {
        fixed (byte* from = address)
        fixed (byte* room = to.Room(MaxText))
        {
            if (ToText(family, from, room, MaxText) == 0) return; // neither of both families: nothing
        }

        to.Length += to.Room(MaxText)[..MaxText].IndexOf((byte)0);
    }

    public static void WriteMac(Utf8Buffer to, ReadOnlySpan<byte> address)
    {
        for (int i = 0; i < address.Length; i++)
        {
            if (i != 0) to.Append((byte)':');
            to.Append("0123456789ABCDEF"u8[address[i] >> 4]);
            to.Append("0123456789ABCDEF"u8[address[i] & 15]);
        }
    }

    [LibraryImport("libc", EntryPoint = "inet_ntop")]
    private static partial nint ToText(int family, byte* address, byte* text, uint size);
}
