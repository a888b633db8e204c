// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Linux.Loading;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Inspection;

/// <summary>Type information that lives in the kernel: the kernel's own, a module's, or what came with programs and maps.</summary>
public sealed class KernelTypes : IDisposable
{
    private readonly BtfObjectInfo _info;

    private KernelTypes(KernelHandle handle, BtfObjectInfo info)
    {
        Handle = handle;
        _info = info;
    }

    /// <summary>The descriptor; owned by this object.</summary>
    public KernelHandle Handle { get; }

    /// <summary>The number in this kernel.</summary>
    public uint Id => _info.Id;

    /// <summary><c>vmlinux</c>, a module's name, or empty (kernel 5.11).</summary>
    public string Name => _info.Name;

    /// <summary>True for the types of the kernel and its modules.</summary>
    public bool IsKernel => _info.IsKernel;

    /// <summary>Bytes.</summary>
    public uint Size => _info.Size;

    /// <summary>Opens types by number.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">There are none, or they may not be opened (NEC4005).</exception>
    public static KernelTypes OpenById(uint id)
    {
        KernelHandle handle = BtfObjects.Open(id);
        try
        {
            return new KernelTypes(handle, BtfObjects.ReadInfo(handle));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Opens the types of all programs, maps and modules.</summary>
    public static IEnumerable<KernelTypes> OpenAll() => KernelObjectIds.OpenAll(KernelObjectKind.Types, OpenById);

    /// <summary>The bytes as the kernel keeps them.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">They may not be read (NEC4005).</exception>
    public byte[] ReadBytes() => BtfObjects.ReadBytes(Handle);

    /// <summary>Reads the types; a module's with the kernel's below them.</summary>
    /// <exception cref="Bpf.Diagnostics.NectarException">They may not be read, or are damaged.</exception>
    public BtfTypes Read()
    {
        BtfTypes? kernel = IsKernel ? KernelBtf.Running.TryVmlinux : null;
        return kernel is not null && Name == "vmlinux" ? kernel : BtfTypes.Parse(ReadBytes(), kernel);
    }

    /// <summary>Reads types by number; null if there are none of that number or they cannot be read.</summary>
    public static BtfTypes? TryRead(uint id)
    {
        if (id == 0) return null;
        try
        {
            using KernelTypes types = OpenById(id);
            return types.Read();
        }
        catch (Exception problem) when (problem is Bpf.Diagnostics.NectarException or IOException or UnauthorizedAccessException)
        {
            return null; // types are for readers: without them values are shown as bytes
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();
}
