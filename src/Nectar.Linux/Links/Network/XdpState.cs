// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Network;

namespace Nectar.Linux.Links.Network;

/// <summary>The XDP programs of an interface, by id; 0 where there is none.</summary>
/// <param name="NativeProgramId">In the driver.</param>
/// <param name="GenericProgramId">In the network stack.</param>
/// <param name="OffloadedProgramId">On the card.</param>
public readonly record struct XdpState(uint NativeProgramId, uint GenericProgramId, uint OffloadedProgramId)
{
    /// <summary>True if a program is attached.</summary>
    public bool IsAttached => (NativeProgramId | GenericProgramId | OffloadedProgramId) != 0;

    /// <summary>The mode of the attached program, of several the one that runs first; null if there is none.</summary>
    public XdpMode? Mode => OffloadedProgramId != 0 ? XdpMode.Offload : NativeProgramId != 0 ? XdpMode.Native : GenericProgramId != 0 ? XdpMode.Generic : null;

    /// <summary>The program in a mode.</summary>
    public uint ProgramId(XdpMode mode) => mode switch
    {
        XdpMode.Native => NativeProgramId,
        XdpMode.Generic => GenericProgramId,
        XdpMode.Offload => OffloadedProgramId,
        _ => Mode is { } current ? ProgramId(current) : 0,
    };

    // IFLA_XDP: one mode gives its program as IFLA_XDP_PROG_ID, with several each has its own attribute besides.
    internal static XdpState Parse(ReadOnlySpan<byte> attribute)
    {
        const ushort Attached = 2, Program = 4, Driver = 5, Skb = 6, Hardware = 7;
        uint mode = 0, program = 0, driver = 0, skb = 0, hardware = 0;
        NetlinkAttributes attributes = new(attribute);
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case Attached when attributes.Value.Length > 0:
                    mode = attributes.Value[0];
                    break;
                case Program:
                    program = attributes.Number;
                    break;
                case Driver:
                    driver = attributes.Number;
                    break;
                case Skb:
                    skb = attributes.Number;
                    break;
                case Hardware:
                    hardware = attributes.Number;
                    break;
            }
        }

        return mode switch
        {
            1 when driver == 0 => new XdpState(program, skb, hardware),
            2 when skb == 0 => new XdpState(driver, program, hardware),
            3 when hardware == 0 => new XdpState(driver, skb, program),
            _ => new XdpState(driver, skb, hardware),
        };
    }
}
