// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Objects;
using Nectar.Linux.Links;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Network.Xsk;

/// <summary>
/// The XDP program that most users of AF_XDP sockets need: it hands each packet to the socket of its queue, and packets of queues
/// without a socket to the network stack.
/// </summary>
public sealed class XskRedirect : IDisposable
{
    private readonly KernelMap _map;
    private readonly KernelProgram _program;

    private XskRedirect(KernelMap map, KernelProgram program, BpfLink link)
    {
        _map = map;
        _program = program;
        Link = link;
    }

    /// <summary>The attached program.</summary>
    public BpfLink Link { get; }

    /// <summary>Attaches the program to an interface.</summary>
    /// <param name="interfaceName">The interface.</param>
    /// <param name="options">Mode and way of attaching. Zero copy needs the native mode.</param>
    /// <param name="queues">Queues, from 0, that may get a socket.</param>
    /// <exception cref="Bpf.Diagnostics.KernelException">The kernel refuses (NEC4203), or the interface is not there (NEC4201).</exception>
    public static XskRedirect Attach(string interfaceName, XdpOptions options = default, int queues = 64)
    {
        KernelMap? map = null;
        KernelProgram? program = null;
        try
        {
            map = KernelMap.Create(new MapDefinition { Name = "xsks", Type = MapType.XskMap, KeySize = 4, ValueSize = 4, MaxEntries = (uint)queues });
            string text = string.Create(CultureInfo.InvariantCulture, $"""
                r2 = *(u32 *)(r1 + 16)
                r1 = map[fd:{map.Handle.Fd}]
                r3 = 2
                call bpf_redirect_map
                exit
                """); // r2: the queue; r3: XDP_PASS where there is no socket (kernel 5.3)
            program = KernelProgram.Load(new ProgramLoad { Name = "xsk_redirect", Type = ProgramType.Xdp, ExpectedAttachType = AttachType.Xdp, Flags = SectionNames.XdpHasFrags, Instructions = Assembler.AssembleInstructions(text) });
            return new XskRedirect(map, program, Xdp.Attach(program, interfaceName, options));
        }
        catch
        {
            program?.Dispose();
            map?.Dispose();
            throw;
        }
    }

    /// <summary>Hands the packets of a socket's queue to it from now on.</summary>
    public void Add(XskSocket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        XdpMaps.SetSocket(_map, (uint)socket.QueueId, socket);
    }

    /// <summary>Detaches the program.</summary>
    public void Dispose()
    {
        Link.Dispose();
        _program.Dispose();
        _map.Dispose();
    }
}
