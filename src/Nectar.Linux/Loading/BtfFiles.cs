// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Elf;
using Nectar.Linux.Features;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Loading;

/// <summary>Where kernels keep their types: in sysfs since 5.4, in their image before or without it.</summary>
internal static unsafe class BtfFiles
{
    internal const string SysDirectory = "/sys/kernel/btf";

    // Kernel images with a .BTF section, as distributions place them.
    private static readonly string[] s_images =
    [
        "/boot/vmlinux-{0}", "/lib/modules/{0}/vmlinux-{0}", "/lib/modules/{0}/build/vmlinux", "/usr/lib/modules/{0}/kernel/vmlinux",
        "/usr/lib/debug/boot/vmlinux-{0}", "/usr/lib/debug/boot/vmlinux-{0}.debug", "/usr/lib/debug/lib/modules/{0}/vmlinux",
    ];

    internal static BtfTypes? ReadVmlinux()
    {
        DiagnosticBag problems = new();
        string system = Path.Combine(SysDirectory, "vmlinux");
        if (TryMap(system, out nint memory, out int length) && BtfTypes.TryParse((byte*)memory, length, null, problems, out BtfTypes? types)) return types;
        if (TryRead(system) is { } bytes && BtfTypes.TryParse(bytes, null, problems, out types)) return types;
        foreach (string image in s_images)
        {
            string path = image.Replace("{0}", KernelRelease.Running.Release, StringComparison.Ordinal);
            if (TryRead(path) is not { } file || !ElfFile.TryRead(file, problems, out ElfFile? elf)) continue;
            foreach (ref readonly ElfSection section in elf.Sections)
            {
                if (section.Name == ".BTF" && BtfTypes.TryParse(elf.Data(section).ToArray(), null, problems, out types)) return types;
            }
        }

        return null;
    }

    /// <summary>
    /// Maps the kernel's own copy, which spares reading five megabytes (kernel 6.16; others say no). It is never unmapped: there is one
    /// a process, and what points into it may be anywhere.
    /// </summary>
    private static bool TryMap(string path, out nint memory, out int length)
    {
        memory = 0;
        length = 0;
        int fd = Libc.Open(path, Libc.OReadOnly | Libc.OCloseOnExec);
        if (fd < 0) return false;
        using KernelHandle handle = new(fd);
        using FileStream file = new(new Microsoft.Win32.SafeHandles.SafeFileHandle(fd, ownsHandle: false), FileAccess.Read, 0);
        if (file.Length is <= 0 or > int.MaxValue) return false;
        length = (int)file.Length;
        memory = Libc.Mmap(0, (nuint)length, Libc.ProtRead, Libc.MapPrivate, fd, 0);
        return memory != Libc.MapFailed;
    }

    /// <summary>A file's bytes; null if it is not there. Files of sysfs say a size that is right for types.</summary>
    internal static byte[]? TryRead(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            long length = file.Length;
            if (length is <= 0 or > 1 << 30) return File.ReadAllBytes(path);
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
