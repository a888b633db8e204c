// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Symbols.Elf;

/// <summary>
/// The symbols that files have themselves, for those who ask for one function after the other in the same files: reading the table of
/// the C library takes longer than attaching to it. Known by the file's identity, so a replaced file is read anew; bounded.
/// </summary>
internal static class ElfSymbolCache
{
    private const long MaxBytes = 32 << 20;
    private static readonly BoundedCache<FileIdentity, ElfSymbols> s_files = new(MaxBytes, static symbols => symbols.Bytes);

    /// <summary>As <see cref="ElfSymbols.Read"/>.</summary>
    internal static ElfSymbols Read(ElfImage image) => s_files.GetOrLoad(image.Identity, image, static (_, file) => ElfSymbols.Read(file));
}
