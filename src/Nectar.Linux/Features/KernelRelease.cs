// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Globalization;

namespace Nectar.Linux.Features;

/// <summary>Which kernel runs: its release as <c>uname -r</c> says it, and the upstream version that its sources had.</summary>
/// <param name="Release">The release with the distribution's suffix: <c>5.10.0-23-amd64</c>.</param>
/// <param name="Version">The upstream version, with the patch level where it is known: 5.10.179.</param>
/// <param name="Code">The kernel's <c>LINUX_VERSION_CODE</c>, as <c>LINUX_KERNEL_VERSION</c> and kprobe programs of old kernels want it.</param>
public sealed record KernelRelease(string Release, Version Version, uint Code)
{
    private const int LinuxVersionNote = 0;
    private static readonly Lazy<KernelRelease> s_running = new(ReadRunning);

    /// <summary>The kernel that runs this process.</summary>
    public static KernelRelease Running => s_running.Value;

    /// <summary>True if this kernel is of a version or newer. Distributions bring features to older versions: a hint, never a proof.</summary>
    public bool IsAtLeast(Version minimum) => Version >= minimum;

    /// <summary>
    /// Makes a release from what a machine says about itself. Ubuntu and Debian number their releases with a patch level of
    /// their own (<c>5.4.0-42</c>, <c>5.10.0-23</c>) and tell the upstream one elsewhere.
    /// </summary>
    /// <param name="release"><c>uname -r</c>.</param>
    /// <param name="build"><c>uname -v</c>; Debian ends it with its upstream version: <c>#1 SMP Debian 5.10.179-1</c>.</param>
    /// <param name="signature">The content of <c>/proc/version_signature</c> (Ubuntu): <c>Ubuntu 5.4.0-12.15-generic 5.4.8</c>; null where there is none.</param>
    /// <param name="code">The version code from the vDSO's note; null where it could not be read.</param>
    public static KernelRelease From(string release, string build, string? signature, uint? code)
    {
        ArgumentNullException.ThrowIfNull(release);
        ArgumentNullException.ThrowIfNull(build);
        int debian = build.IndexOf("Debian ", StringComparison.Ordinal);
        Version version = code is { } known and not 0 ? new Version((int)(known >> 16), (int)((known >> 8) & 0xff), (int)(known & 0xff))
            : signature is not null && ParseVersion(signature.AsSpan(signature.TrimEnd().LastIndexOf(' ') + 1)) is { } ubuntu ? ubuntu
            : debian >= 0 && ParseVersion(build.AsSpan(debian + 7)) is { } upstream ? upstream
            : ParseVersion(release) ?? new Version(0, 0, 0);
        return new KernelRelease(release, version, CodeOf(version));
    }

    /// <summary><c>KERNEL_VERSION(a, b, c)</c>; the patch level stops at 255, as in the kernel.</summary>
    public static uint CodeOf(Version version) =>
        ((uint)version.Major << 16) + ((uint)version.Minor << 8) + (uint)Math.Clamp(version.Build, 0, 255);

    /// <summary>Reads the numbers in front of a release: <c>6.1.0-13-amd64</c> is 6.1.0.</summary>
    /// <returns>The version, or null if the text does not begin with one.</returns>
    public static Version? ParseVersion(ReadOnlySpan<char> text)
    {
        Span<int> parts = stackalloc int[3];
        parts.Clear();
        int count = 0;
        while (count < 3)
        {
            int digits = 0;
            while (digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
            if (digits == 0 || !int.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out parts[count])) break;
            count++;
            text = text[digits..];
            if (text.IsEmpty || text[0] != '.') break;
            text = text[1..];
        }

        return count >= 2 ? new Version(parts[0], parts[1], parts[2]) : null;
    }

    /// <summary>Finds the version code in a vDSO image: the note <c>Linux</c> of type 0 (kernel: arch/*/vdso/note.S).</summary>
    internal static uint? FindVersionNote(ReadOnlySpan<byte> image)
    {
        const int ProgramHeaderNote = 4, HeaderSize = 56;
        if (image.Length < 64 || !image.StartsWith("\x7f"u8) || image[4] != 2) return null; // ELF, 64 bits
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(image[32..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(image[56..]);
        for (int i = 0; i < count; i++)
        {
            ulong at = table + ((ulong)i * HeaderSize);
            if (at + HeaderSize > (ulong)image.Length) return null;
            ReadOnlySpan<byte> header = image.Slice((int)at, HeaderSize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) != ProgramHeaderNote) continue;
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]), size = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
            if (offset > (ulong)image.Length || size > (ulong)image.Length - offset) return null;
            if (FindVersionNoteIn(image.Slice((int)offset, (int)size)) is { } code) return code;
        }

        return null;
    }

    private static uint? FindVersionNoteIn(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= 12)
        {
            uint nameSize = BinaryPrimitives.ReadUInt32LittleEndian(notes), dataSize = BinaryPrimitives.ReadUInt32LittleEndian(notes[4..]);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(notes[8..]);
            ulong data = 12 + (((ulong)nameSize + 3) & ~3ul), next = data + (((ulong)dataSize + 3) & ~3ul);
            if (next > (ulong)notes.Length) return null;
            if (type == LinuxVersionNote && dataSize == 4 && notes.Slice(12, (int)nameSize).SequenceEqual("Linux\0"u8))
            {
                return BinaryPrimitives.ReadUInt32LittleEndian(notes[(int)data..]);
            }

            notes = notes[(int)next..];
        }

        return null;
    }

    private static KernelRelease ReadRunning() =>
        From(HostFile.ReadLine("/proc/sys/kernel/osrelease") ?? "", HostFile.ReadLine("/proc/sys/kernel/version") ?? "", HostFile.ReadLine("/proc/version_signature"), ReadVersionNote());

    /// <summary>The vDSO is mapped into every process; its note has the version that the kernel itself was compiled with.</summary>
    private static uint? ReadVersionNote()
    {
        try
        {
            string? line = File.ReadLines("/proc/self/maps").FirstOrDefault(text => text.EndsWith("[vdso]", StringComparison.Ordinal));
            if (line is null) return null;
            int dash = line.IndexOf('-', StringComparison.Ordinal), space = line.IndexOf(' ', StringComparison.Ordinal);
            long start = long.Parse(line.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            long end = long.Parse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            byte[] image = new byte[Math.Min(end - start, 64 << 10)];
            using FileStream memory = new("/proc/self/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            memory.Position = start;
            memory.ReadExactly(image);
            return FindVersionNote(image);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or FormatException or NotSupportedException)
        {
            return null; // hardened hosts close /proc/self/mem; the release says it too
        }
    }
}
