// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>Steps over IPv6 extension headers.</summary>
public static class IPv6Extensions
{
    /// <summary>Most headers that are stepped over: more than any real packet has.</summary>
    public const int Most = 6;

    /// <summary>Finds the transport header.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="offset">Where the bytes behind the IPv6 header begin; then where the transport header does.</param>
    /// <param name="protocol">The IPv6 header's next header; then the protocol.</param>
    /// <returns>False if the packet ends before, has more than <see cref="Most"/> such headers, or is a fragment without a transport header.</returns>
    public static bool TrySkip(Packet packet, ref uint offset, ref byte protocol)
    {
        for (int i = 0; i < Most; i++)
        {
            if (!IsExtension(protocol)) return true;
            if (!packet.TryAt(offset, out Ref<IPv6Extension> header)) return false;
            uint length;
            if (protocol == IPProtocol.Fragment)
            {
                if ((header.Value.FragmentOffset.Raw & 0xf8ff) != 0) return false;
                length = 8;
            }
            else
            {
                length = protocol == IPProtocol.Authentication ? ((uint)header.Value.Length + 2) * 4 : ((uint)header.Value.Length + 1) * 8;
            }

            offset += length;
            protocol = header.Value.NextHeader;
        }

        return !IsExtension(protocol);
    }

    private static bool IsExtension(byte protocol) =>
        protocol is IPProtocol.HopByHop or IPProtocol.Routing or IPProtocol.Fragment or IPProtocol.Authentication or IPProtocol.DestinationOptions;
}
