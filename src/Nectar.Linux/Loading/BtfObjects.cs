// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Loading;

/// <summary>BTF as objects of the kernel: loaded, listed, opened, read back.</summary>
internal static unsafe class BtfObjects
{
    private const int FirstLog = 1 << 16, LargestLog = 1 << 24;

    /// <summary>Loads types; the descriptor keeps them alive, as do maps and programs that use them.</summary>
    /// <exception cref="Bpf.Diagnostics.KernelException">The kernel refuses them (NEC4005).</exception>
    internal static KernelHandle Load(ReadOnlySpan<byte> types, string objectName)
    {
        Errno errno = TryLoad(types, out KernelHandle? handle);
        if (errno == Errno.None) return handle!;
        string log = ReadLog(types);
        string[] last = log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        throw Refusal.Make(LinuxCodes.Types, $"types of object '{objectName}'", "load", "bpf(BPF_BTF_LOAD)", errno,
            [.. last.TakeLast(2).Select(line => "note: the kernel says: " + line.Trim())]);
    }

    internal static Errno TryLoad(ReadOnlySpan<byte> types, out KernelHandle? handle)
    {
        fixed (byte* bytes = types)
        {
            BtfLoadAttributes attributes = new() { Btf = (ulong)bytes, Size = (uint)types.Length };
            return BpfSyscall.TryOpen(BpfCommand.BtfLoad, ref attributes, out handle);
        }
    }

    /// <summary>The numbers of all BTF objects in the kernel.</summary>
    internal static IEnumerable<uint> Ids()
    {
        for (uint id = 0; TryNext(ref id);) yield return id;
    }

    internal static KernelHandle Open(uint id)
    {
        ObjectIdAttributes attributes = new() { Id = id };
        Errno errno = BpfSyscall.TryOpen(BpfCommand.BtfGetFdById, ref attributes, out KernelHandle? handle);
        return errno == Errno.None ? handle! : throw Refusal.Make(LinuxCodes.Types, $"types {id}", "open", "bpf(BPF_BTF_GET_FD_BY_ID)", errno);
    }

    /// <summary>What the kernel knows about a BTF object; null if it has gone.</summary>
    internal static BtfObjectInfo? TryReadInfo(uint id)
    {
        ObjectIdAttributes attributes = new() { Id = id };
        if (BpfSyscall.TryOpen(BpfCommand.BtfGetFdById, ref attributes, out KernelHandle? handle) != Errno.None) return null;
        using (handle) return ReadInfo(handle!);
    }

    internal static BtfObjectInfo ReadInfo(KernelHandle handle)
    {
        byte* name = stackalloc byte[128];
        new Span<byte>(name, 128).Clear();
        RawBtfInfo raw = new() { Name = (ulong)name, NameLength = 128 };
        Query(handle, ref raw);
        return new BtfObjectInfo(raw.Id, KernelNames.Read(new ReadOnlySpan<byte>(name, 128)), raw.Size, raw.IsKernel != 0);
    }

    /// <summary>The bytes of a BTF object.</summary>
    internal static byte[] ReadBytes(KernelHandle handle)
    {
        byte[] bytes = new byte[ReadInfo(handle).Size];
        fixed (byte* address = bytes)
        {
            RawBtfInfo raw = new() { Bytes = (ulong)address, Size = (uint)bytes.Length };
            Query(handle, ref raw);
        }

        return bytes;
    }

    private static void Query(KernelHandle handle, ref RawBtfInfo raw)
    {
        fixed (RawBtfInfo* address = &raw)
        {
            ObjectInfoAttributes attributes = new() { Fd = (uint)handle.Fd, InfoSize = (uint)sizeof(RawBtfInfo), Info = (ulong)address };
            Errno errno = BpfSyscall.Try(BpfCommand.ObjGetInfoByFd, ref attributes);
            GC.KeepAlive(handle);
            if (errno != Errno.None) throw Refusal.Make(LinuxCodes.Types, "types", "read their info", "bpf(BPF_OBJ_GET_INFO_BY_FD)", errno);
        }
    }

    private static bool TryNext(ref uint id)
    {
        ObjectIdAttributes attributes = new() { Id = id };
        if (BpfSyscall.Try(BpfCommand.BtfGetNextId, ref attributes) != Errno.None) return false;
        id = attributes.NextId;
        return true;
    }

    private static string ReadLog(ReadOnlySpan<byte> types)
    {
        for (int size = FirstLog; size <= LargestLog; size *= 16)
        {
            byte[] log = new byte[size];
            fixed (byte* bytes = types, text = log)
            {
                BtfLoadAttributes attributes = new() { Btf = (ulong)bytes, Size = (uint)types.Length, LogBuffer = (ulong)text, LogSize = (uint)size, LogLevel = 1 };
                Errno errno = BpfSyscall.TryOpen(BpfCommand.BtfLoad, ref attributes, out KernelHandle? handle);
                handle?.Dispose();
                if (errno == Errno.ENOSPC) continue;
                return Encoding.UTF8.GetString(log.AsSpan(0, Math.Max(0, Array.IndexOf(log, (byte)0))));
            }
        }

        return "";
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct RawBtfInfo
    {
        internal ulong Bytes;
        internal uint Size, Id;
        internal ulong Name;
        internal uint NameLength, IsKernel;
    }
}

/// <summary>What the kernel knows about a BTF object (<c>struct bpf_btf_info</c>).</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name"><c>vmlinux</c>, a module's name, or empty for types that programs brought.</param>
/// <param name="Size">Bytes.</param>
/// <param name="IsKernel">True for those of the kernel and its modules.</param>
internal sealed record BtfObjectInfo(uint Id, string Name, uint Size, bool IsKernel);
