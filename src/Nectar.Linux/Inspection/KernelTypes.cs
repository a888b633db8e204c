// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Inspection;

/// <summary>Type information that lives in the kernel: the kernel's own, a module's, or what came with programs and maps.</summary>
public sealed unsafe class KernelTypes : IDisposable
{
    private const string KernelFile = "/sys/kernel/btf/vmlinux";

    private KernelTypes(KernelHandle handle, uint id, string name, bool isKernel, uint size)
    {
        Handle = handle;
        Id = id;
        Name = name;
        IsKernel = isKernel;
        Size = size;
    }

    /// <summary>The descriptor; owned by this object.</summary>
    public KernelHandle Handle { get; }

    /// <summary>The number in this kernel.</summary>
    public uint Id { get; }

    /// <summary><c>vmlinux</c>, a module's name, or empty (kernel 5.11).</summary>
    public string Name { get; }

    /// <summary>True for the types of the kernel and its modules.</summary>
    public bool IsKernel { get; }

    /// <summary>Bytes.</summary>
    public uint Size { get; }

    /// <summary>Opens types by number.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">There are none, or they may not be opened (NEC4005).</exception>
    public static KernelTypes OpenById(uint id)
    {
        ObjectIdAttributes attributes = new() { Id = id };
        Errno errno = BpfSyscall.TryOpen(BpfCommand.BtfGetFdById, ref attributes, out KernelHandle? handle);
        if (errno != Errno.None) throw Refusal.Make(LinuxCodes.Types, $"btf {id}", "open", "bpf(BPF_BTF_GET_FD_BY_ID)", errno);
        try
        {
            byte* name = stackalloc byte[128];
            RawTypesInfo raw = new() { Name = (ulong)name, NameLength = 128 };
            Query(handle!, ref raw);
            return new KernelTypes(handle!, raw.Id == 0 ? id : raw.Id, KernelNames.Read(new ReadOnlySpan<byte>(name, 128)), raw.IsKernel != 0, raw.Size);
        }
        catch
        {
            handle!.Dispose();
            throw;
        }
    }

    /// <summary>Opens the types of all programs, maps and modules.</summary>
    public static IEnumerable<KernelTypes> OpenAll() => KernelObjectIds.OpenAll(KernelObjectKind.Types, OpenById);

    /// <summary>The bytes as the kernel keeps them.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">They may not be read (NEC4005).</exception>
    public byte[] ReadBytes()
    {
        byte[] bytes = new byte[Size];
        fixed (byte* address = bytes)
        {
            RawTypesInfo raw = new() { Btf = (ulong)address, Size = Size };
            Query(Handle, ref raw);
        }

        return bytes;
    }

    /// <summary>Reads the types; a module's with the kernel's below them.</summary>
    /// <exception cref="Bpf.Diagnostics.NectarException">They may not be read, or are damaged.</exception>
    public BtfTypes Read()
    {
        if (IsKernel && Name == "vmlinux" && File.Exists(KernelFile)) return BtfTypes.Parse(File.ReadAllBytes(KernelFile));
        return BtfTypes.Parse(ReadBytes(), IsKernel && Name != "vmlinux" ? BtfTypes.Parse(File.ReadAllBytes(KernelFile)) : null);
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

    private static void Query(KernelHandle handle, ref RawTypesInfo raw)
    {
        fixed (RawTypesInfo* address = &raw)
        {
            ObjectInfoAttributes attributes = new() { Fd = (uint)handle.Fd, InfoSize = (uint)sizeof(RawTypesInfo), Info = (ulong)address };
            Errno errno = BpfSyscall.Try(BpfCommand.ObjGetInfoByFd, ref attributes);
            GC.KeepAlive(handle);
            if (errno != Errno.None) throw Refusal.Make(LinuxCodes.Types, "btf", "read its info", "bpf(BPF_OBJ_GET_INFO_BY_FD)", errno);
        }
    }

    // struct bpf_btf_info
    [StructLayout(LayoutKind.Sequential)]
    private struct RawTypesInfo
    {
        internal ulong Btf;
        internal uint Size, Id;
        internal ulong Name;
        internal uint NameLength, IsKernel;
    }
}
