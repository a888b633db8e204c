// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Bpf.Classic;

/// <summary>The search in netlink attributes that two ancillary loads do: a list of (length, type) headers in host order, padded to four bytes.</summary>
internal static class NetlinkAttributes
{
    private const int HeaderSize = 4;
    private const int TypeMask = 0x3fff; // without the flags "nested" and "network byte order"

    /// <summary>The offset of the attribute of a type in the list that starts at <paramref name="start"/>; 0 if there is none.</summary>
    public static uint Find(ReadOnlySpan<byte> data, uint start, uint type) =>
        data.Length < HeaderSize || start > (uint)(data.Length - HeaderSize) ? 0 : Search(data, (int)start, data.Length, type);

    /// <summary>The offset of the attribute of a type inside the attribute at <paramref name="start"/>; 0 if there is none.</summary>
    public static uint FindNested(ReadOnlySpan<byte> data, uint start, uint type)
    {
        if (data.Length < HeaderSize || start > (uint)(data.Length - HeaderSize)) return 0;
        int length = Half(data, (int)start);
        if (length < HeaderSize || length > data.Length - (int)start) return 0;
        return Search(data, (int)start + HeaderSize, (int)start + length, type);
    }

    private static uint Search(ReadOnlySpan<byte> data, int position, int end, uint type)
    {
        while (end - position >= HeaderSize)
        {
            int length = Half(data, position);
            if (length < HeaderSize || length > end - position) return 0;
            if ((Half(data, position + 2) & TypeMask) == type) return (uint)position;
            position += (length + 3) & ~3;
        }

        return 0;
    }

    private static int Half(ReadOnlySpan<byte> data, int position) => MemoryMarshal.Read<ushort>(data[position..]);
}
