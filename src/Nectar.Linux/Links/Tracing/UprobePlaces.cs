// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Globalization;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Libraries;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>Where in a file probes go: what the kernel wants instead of names.</summary>
/// <param name="Path">The file, as this process opens it.</param>
/// <param name="Offsets">Places, in bytes from the start of the file; each once.</param>
internal sealed record UprobePlaces(string Path, ImmutableArray<ulong> Offsets)
{
    /// <summary>Finds the file and the function.</summary>
    /// <param name="binary">A path, or the name of a program or library.</param>
    /// <param name="function">A name, also with a version (<c>memcpy@GLIBC_2.14</c>), or a pattern; null for an offset in the file.</param>
    /// <param name="offset">Bytes from the function, or in the file.</param>
    /// <param name="processId">In whose file system to look; null for our own.</param>
    /// <exception cref="NectarException">There is no such file, or no such function in it (NEC4403, NEC4404).</exception>
    internal static UprobePlaces Find(string binary, string? function, ulong offset, int? processId)
    {
        if (processId is { } process && !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}")))
            throw new KernelException(Diagnostic.Error(TracingCodes.UserProbe, $"'{binary}': there is no process {process} to probe it in"), Errno.ESRCH, "perf_event_open", binary);
        string path = LibraryResolver.Resolve(binary, processId);
        if (function is null)
        {
            CheckRange(path, offset, 0);
            return new UprobePlaces(path, [offset]);
        }

        using ElfImage image = ElfImage.Open(path);
        IReadOnlyList<ElfSymbol> found = ElfSymbolCache.Read(image).FindFunctions(function);
        // Of several versions of one name, callers that are linked today get the default one: that is what the bare name means.
        if (found.Count > 1 && found.Any(symbol => symbol.IsDefaultVersion) && found.All(symbol => symbol.Name == function)) found = [.. found.Where(symbol => symbol.IsDefaultVersion)];
        if (offset != 0) CheckRange(path, offset, found[0].FileOffset!.Value);
        return new UprobePlaces(path, [.. found.Select(symbol => symbol.FileOffset!.Value + offset).Distinct()]);
    }

    private static void CheckRange(string path, ulong offset, ulong start)
    {
        ulong size = (ulong)new FileInfo(path).Length;
        if (size == 0 || (offset < size && start < size - offset)) return; // /proc/PID/exe of an unlinked file has no size here
        throw new KernelException(Diagnostic.Error(TracingCodes.UserProbe, string.Create(CultureInfo.InvariantCulture, $"'{path}': offset 0x{start + offset:x} is behind the end of the file, which has {size} bytes")), Errno.EINVAL, "perf_event_open", path);
    }
}
