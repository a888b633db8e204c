// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links;

/// <summary>
/// The place of a program among several at one hook: tcx and netkit (kernel 6.6), cgroups (kernel 6.17). The default is behind those
/// that are there.
/// </summary>
public readonly struct AttachOrder
{
    private const uint BeforeFlag = 8, AfterFlag = 16, IdFlag = 32, LinkFlag = 1 << 13;

    private readonly string? _text;
    private readonly object? _owner; // keeps the descriptor open until the call is made

    private AttachOrder(uint flags, uint relative, string text, object? owner = null)
    {
        Flags = flags;
        Relative = relative;
        _text = text;
        _owner = owner;
    }

    /// <summary>In front of all that are there now.</summary>
    public static AttachOrder First { get; } = new(BeforeFlag, 0, "first");

    /// <summary>Behind all that are there now.</summary>
    public static AttachOrder Last { get; } = new(AfterFlag, 0, "last");

    internal uint Flags { get; }

    internal uint Relative { get; }

    internal bool IsDefault => Flags == 0;

    /// <summary>Directly in front of a program; at cgroups one that was attached without a link.</summary>
    public static AttachOrder Before(KernelProgram program) => new(BeforeFlag, Descriptor(program), $"before program '{program.Name}'", program);

    /// <summary>Directly in front of a link's program.</summary>
    public static AttachOrder Before(KernelLink link) => new(BeforeFlag | LinkFlag, Descriptor(link), $"before link '{link.Target}'", link);

    /// <summary>Directly behind a program; at cgroups one that was attached without a link.</summary>
    public static AttachOrder After(KernelProgram program) => new(AfterFlag, Descriptor(program), $"after program '{program.Name}'", program);

    /// <summary>Directly behind a link's program.</summary>
    public static AttachOrder After(KernelLink link) => new(AfterFlag | LinkFlag, Descriptor(link), $"after link '{link.Target}'", link);

    /// <summary>Directly in front of the program with this id.</summary>
    public static AttachOrder BeforeProgramId(uint id) => ById(BeforeFlag | IdFlag, id, "before program");

    /// <summary>Directly behind the program with this id.</summary>
    public static AttachOrder AfterProgramId(uint id) => ById(AfterFlag | IdFlag, id, "after program");

    /// <summary>Directly in front of the program of the link with this id.</summary>
    public static AttachOrder BeforeLinkId(uint id) => ById(BeforeFlag | IdFlag | LinkFlag, id, "before link");

    /// <summary>Directly behind the program of the link with this id.</summary>
    public static AttachOrder AfterLinkId(uint id) => ById(AfterFlag | IdFlag | LinkFlag, id, "after link");

    /// <inheritdoc/>
    public override string ToString() => _text ?? "last";

    internal void KeepAlive() => GC.KeepAlive(_owner);

    private static AttachOrder ById(uint flags, uint id, string text) => new(flags, id, string.Create(CultureInfo.InvariantCulture, $"{text} {id}"));

    private static uint Descriptor(KernelProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return (uint)program.Fd;
    }

    private static uint Descriptor(KernelLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return (uint)link.Handle.Fd;
    }
}
