// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Nectar.Linux.Symbols.Libraries;

/// <summary>A library that the cache knows.</summary>
/// <param name="Name">Its soname: <c>libc.so.6</c>.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Level">Of the processor that it is built for: 0 for all, 2 to 4 for <c>x86-64-v2</c> to <c>v4</c>.</param>
internal readonly record struct CachedLibrary(string Name, string Path, int Level);

/// <summary>
/// Reads <c>/etc/ld.so.cache</c>, where <c>ldconfig</c> writes which libraries there are (glibc: <c>sysdeps/generic/dl-cache.h</c>):
/// the form since glibc 2.2, alone or behind the older one, and the older one alone.
/// </summary>
internal static class LdCache
{
    private const int OldHeader = 16, OldEntry = 12, NewHeader = 48, NewEntry = 24;
    private const uint ExtensionMagic = 0xEAA42174, HwcapsTag = 1;
    private const ulong HwcapsFlag = 1UL << 62;

    /// <summary>A file cannot make us hold more.</summary>
    private const int MaxEntries = 1 << 20, MaxPath = 4096;

    private static uint ExpectedFlags => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 0x0303,
        Architecture.Arm64 => 0x0a03,
        _ => 0x0003,
    };

    /// <summary>The libraries of this machine's kind, in the file's order; none if the file is no cache. Never throws.</summary>
    internal static List<CachedLibrary> Read(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith("glibc-ld.so.cache1.1"u8)) return ReadNew(file);
        List<CachedLibrary> found = [];
        if (!file.StartsWith("ld.so-1.7.0"u8) || file.Length < OldHeader) return found;
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(file[12..]);
        if (count > (uint)(file.Length - OldHeader) / OldEntry) return found;
        int end = OldHeader + ((int)count * OldEntry), aligned = (end + 7) & ~7;
        if (aligned < file.Length && file[aligned..].StartsWith("glibc-ld.so.cache1.1"u8)) return ReadNew(file[aligned..]);
        ReadOnlySpan<byte> strings = file[end..];
        long budget = (16L * file.Length) + 65536;
        for (int i = 0; i < (int)count && i < MaxEntries && budget > 0; i++)
        {
            Take(found, file[(OldHeader + (i * OldEntry))..], strings, 0, ref budget);
        }

        return found;
    }

    private static List<CachedLibrary> ReadNew(ReadOnlySpan<byte> file)
    {
        List<CachedLibrary> found = [];
        if (file.Length < NewHeader) return found;
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(file[20..]);
        if (count > (uint)(file.Length - NewHeader) / NewEntry) return found;
        int[] levels = ReadLevels(file);
        long budget = (16L * file.Length) + 65536;
        for (int i = 0; i < (int)count && i < MaxEntries && budget > 0; i++)
        {
            ReadOnlySpan<byte> entry = file[(NewHeader + (i * NewEntry))..];
            ulong hwcap = BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]);
            int level = 0;
            if ((hwcap & HwcapsFlag) != 0)
            {
                uint index = (uint)hwcap;
                level = index < (uint)levels.Length ? levels[index] : int.MaxValue;
            }
            else if (hwcap != 0)
            {
                level = int.MaxValue; // capabilities of before glibc 2.33: plain libraries lie beside them
            }

            Take(found, entry, file, level, ref budget);
        }

        return found;
    }

    private static void Take(List<CachedLibrary> found, ReadOnlySpan<byte> entry, ReadOnlySpan<byte> strings, int level, ref long budget)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(entry) != ExpectedFlags) return;
        string name = Text(strings, BinaryPrimitives.ReadUInt32LittleEndian(entry[4..])), path = Text(strings, BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]));
        budget -= name.Length + path.Length + 2;
        if (name.Length > 0 && path.Length > 0) found.Add(new CachedLibrary(name, path, level));
    }

    /// <summary>The processor levels that the extension at the end of the file numbers.</summary>
    private static int[] ReadLevels(ReadOnlySpan<byte> file)
    {
        uint at = BinaryPrimitives.ReadUInt32LittleEndian(file[32..]);
        if (at == 0 || at > file.Length - 8 || BinaryPrimitives.ReadUInt32LittleEndian(file[(int)at..]) != ExtensionMagic) return [];
        uint sections = BinaryPrimitives.ReadUInt32LittleEndian(file[((int)at + 4)..]);
        for (uint i = 0; i < sections && i < 16; i++)
        {
            long header = at + 8 + (i * 16L);
            if (header + 16 > file.Length) return [];
            ReadOnlySpan<byte> section = file[(int)header..];
            uint offset = BinaryPrimitives.ReadUInt32LittleEndian(section[8..]), size = BinaryPrimitives.ReadUInt32LittleEndian(section[12..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section) != HwcapsTag || offset > file.Length || size > file.Length - offset) continue;
            int[] levels = new int[Math.Min(size / 4, 64)];
            for (int j = 0; j < levels.Length; j++)
            {
                string name = Text(file, BinaryPrimitives.ReadUInt32LittleEndian(file[((int)offset + (j * 4))..]));
                levels[j] = name switch { "x86-64-v2" => 2, "x86-64-v3" => 3, "x86-64-v4" => 4, _ => int.MaxValue };
            }

            return levels;
        }

        return [];
    }

    private static string Text(ReadOnlySpan<byte> strings, uint offset)
    {
        if (offset >= (uint)strings.Length) return "";
        ReadOnlySpan<byte> rest = strings.Slice((int)offset, Math.Min(MaxPath, strings.Length - (int)offset));
        int end = rest.IndexOf((byte)0);
        return end > 0 ? Encoding.UTF8.GetString(rest[..end]) : "";
    }
}
