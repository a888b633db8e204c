// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Nectar.Linux.Symbols.Compression;

namespace Nectar.Linux.Symbols.Elf;

/// <summary>
/// Finds the file with the symbols and the DWARF that were stripped from an image: by build id and by <c>.gnu_debuglink</c> below
/// <c>/usr/lib/debug</c> and beside the file (gdb's rules: "Debugging Information in Separate Files"), in debuginfod's local cache,
/// and inside the image (<c>.gnu_debugdata</c>). A file counts only if its build id, or else its checksum, is that of the image.
/// </summary>
internal static class DebugFiles
{
    private const string Root = "/usr/lib/debug";

    /// <summary>The most that embedded symbols may expand to; those of large distributions' programs take 30 MB.</summary>
    private const int MaxEmbedded = 256 << 20;

    /// <summary>Opens the debug file of an image; the caller disposes it.</summary>
    /// <param name="image">The stripped image.</param>
    /// <param name="root">What to put before absolute paths: empty, or a process's root.</param>
    /// <param name="debug">The file.</param>
    /// <param name="folders">Where to look first; null for nowhere.</param>
    internal static bool TryOpen(ElfImage image, string root, [NotNullWhen(true)] out ElfImage? debug, IReadOnlyList<string>? folders = null)
    {
        foreach (string candidate in Named(image, folders ?? []).Concat(Candidates(image, root)))
        {
            if (TryMatching(image, candidate, out debug)) return true;
        }

        debug = null;
        return false;
    }

    /// <summary>Reads the symbols that are packed into the image (MiniDebugInfo).</summary>
    internal static bool TryEmbedded(ElfImage image, [NotNullWhen(true)] out ElfImage? embedded)
    {
        embedded = null;
        return image.TrySection(".gnu_debugdata"u8, out ElfSection section)
            && image.TryData(section, out ReadOnlyMemory<byte> packed, out _)
            && XzDecoder.TryDecode(packed.Span, MaxEmbedded, out byte[] bytes)
            && ElfImage.TryRead(bytes, image.Path, out embedded, out _);
    }

    /// <summary>What is in folders that somebody named: by the image's name, its link or its build id.</summary>
    private static IEnumerable<string> Named(ElfImage image, IReadOnlyList<string> folders)
    {
        string beside = Path.GetDirectoryName(image.Path) is { Length: > 0 } own ? own : ".";
        // What is no whole path counts from here, and from where the image is.
        foreach (string folder in folders.SelectMany(folder => folder.StartsWith('/') ? [folder] : new[] { folder, Path.Combine(beside, folder) }))
        {
            if (TryLink(image, out string link, out _)) yield return $"{folder}/{link}";
            yield return $"{folder}/{Path.GetFileName(image.Path)}.debug";
            if (image.BuildId.Length >= 2 && Convert.ToHexStringLower(image.BuildId.Span) is var id) yield return $"{folder}/.build-id/{id[..2]}/{id[2..]}.debug";
        }
    }

    private static IEnumerable<string> Candidates(ElfImage image, string root)
    {
        if (image.BuildId.Length >= 2)
        {
            string id = Convert.ToHexStringLower(image.BuildId.Span);
            string relative = $"/.build-id/{id[..2]}/{id[2..]}.debug";
            yield return root + Root + relative;
            if (root.Length > 0) yield return Root + relative; // the host's serve a container as well: the id says that they fit
            if (DebuginfodCache() is { } cache) yield return $"{cache}/{id}/debuginfo";
        }

        if (!TryLink(image, out string link, out _)) yield break;
        string folder = Path.GetDirectoryName(image.Path) ?? "/";
        string inside = root.Length > 0 && folder.StartsWith(root, StringComparison.Ordinal) ? folder[root.Length..] : folder;
        yield return $"{folder}/{link}";
        yield return $"{folder}/.debug/{link}";
        if (inside.StartsWith('/')) yield return $"{root}{Root}{inside}/{link}";
        // merged /usr: packages say /lib or /usr/lib for the same folder
        if (inside.StartsWith("/usr/", StringComparison.Ordinal)) yield return $"{root}{Root}{inside[4..]}/{link}";
        else if (inside.StartsWith('/')) yield return $"{root}{Root}/usr{inside}/{link}";
    }

    private static string? DebuginfodCache()
    {
        if (Environment.GetEnvironmentVariable("DEBUGINFOD_CACHE_PATH") is { Length: > 0 } named) return named;
        string? home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } caches ? caches : Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } user ? user + "/.cache" : null;
        return home is null ? null : home + "/debuginfod_client";
    }

    private static bool TryMatching(ElfImage image, string path, [NotNullWhen(true)] out ElfImage? debug)
    {
        debug = null;
        if (!FileIdentity.TryOf(path, out FileIdentity identity, out bool isRegular) || !isRegular || identity == image.Identity) return false;
        if (!ElfImage.TryOpen(path, out ElfImage? found, out _)) return false;
        bool fits = image.BuildId.Length > 0 && found.BuildId.Length > 0
            ? image.BuildId.Span.SequenceEqual(found.BuildId.Span)
            : TryLink(image, out _, out uint checksum) && Checksum(found) == checksum;
        if (fits) debug = found;
        else found.Dispose();
        return fits;
    }

    /// <summary>What <c>.gnu_debuglink</c> says: a file name without folder, and the CRC of that file.</summary>
    private static bool TryLink(ElfImage image, out string name, out uint checksum)
    {
        (name, checksum) = ("", 0);
        if (!image.TrySection(".gnu_debuglink"u8, out ElfSection section) || section.Size > 4096 || !image.TryData(section, out ReadOnlyMemory<byte> data, out _)) return false;
        int end = data.Span.IndexOf((byte)0), at = (end + 4) & ~3;
        if (end <= 0 || at > data.Length - 4) return false;
        name = Encoding.UTF8.GetString(data.Span[..end]);
        checksum = BinaryPrimitives.ReadUInt32LittleEndian(data.Span[at..]);
        return !name.Contains('/', StringComparison.Ordinal) && name is not ("." or "..");
    }

    private static uint? Checksum(ElfImage file)
    {
        const int Piece = 1 << 20;
        uint checksum = 0;
        for (long at = 0; at < file.Length; at += Piece)
        {
            if (!file.TryBytes((ulong)at, (ulong)Math.Min(Piece, file.Length - at), out ReadOnlyMemory<byte> bytes)) return null;
            checksum = Crc.Update32(checksum, bytes.Span);
        }

        return checksum;
    }
}
