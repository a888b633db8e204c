// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Pins;

/// <summary>Paths in a bpf filesystem (<c>bpffs</c>) that keep maps, programs and links alive.</summary>
public static unsafe class BpfPins
{
    /// <summary>Where the bpf filesystem is mounted by custom.</summary>
    public const string DefaultRoot = "/sys/fs/bpf";

    private const long BpfFsMagic = 0xcafe4a11;

    /// <summary>Opens what is pinned at a path: a map, a program or a link.</summary>
    /// <param name="path">A path in a bpf filesystem.</param>
    /// <param name="readOnly">Open a map for reading only (<c>BPF_F_RDONLY</c>).</param>
    /// <exception cref="Bpf.Diagnostics.KernelException">There is nothing of BPF, or it may not be opened (NEC4006).</exception>
    public static KernelHandle Open(string path, bool readOnly = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        const uint ReadOnlyFlag = 1 << 3;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            ObjectPathAttributes attributes = new() { Path = (ulong)name, FileFlags = readOnly ? ReadOnlyFlag : 0 };
            Errno errno = BpfSyscall.TryOpen(BpfCommand.ObjGet, ref attributes, out KernelHandle? handle);
            return errno == Errno.None ? handle! : throw Refusal.Make(LinuxCodes.Pin, $"pin '{path}'", "open", "bpf(BPF_OBJ_GET)", errno);
        }
    }

    /// <summary>Pins an object, and mounts the bpf filesystem at <see cref="DefaultRoot"/> if the path is there and nothing is mounted.</summary>
    internal static void Pin(KernelHandle handle, string path, string subject)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MakeRoom(path);
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            ObjectPathAttributes attributes = new() { Path = (ulong)name, BpfFd = (uint)handle.Fd };
            Errno errno = BpfSyscall.Try(BpfCommand.ObjPin, ref attributes);
            GC.KeepAlive(handle);
            if (errno != Errno.None) throw Refusal.Make(LinuxCodes.Pin, subject, $"pin it to '{path}'", "bpf(BPF_OBJ_PIN)", errno);
        }
    }

    /// <summary>True if a path lies in a bpf filesystem.</summary>
    public static bool IsBpfFileSystem(string path)
    {
        long* result = stackalloc long[32]; // struct statfs is 120 bytes; f_type is its first word
        return Libc.StatFs(path, result) == 0 && result[0] == BpfFsMagic;
    }

    private static void MakeRoom(string path)
    {
        if (!path.StartsWith(DefaultRoot + "/", StringComparison.Ordinal)) return;
        if (!IsBpfFileSystem(DefaultRoot)) _ = Libc.Mount("bpf", DefaultRoot, "bpf", 0, "mode=0700"); // the pin itself tells if that failed
        string? directory = Path.GetDirectoryName(path);
        if (directory is not null && IsBpfFileSystem(DefaultRoot)) Directory.CreateDirectory(directory);
    }
}
