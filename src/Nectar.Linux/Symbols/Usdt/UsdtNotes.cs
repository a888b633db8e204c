// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Symbols.Elf;
using Nectar.Linux.Symbols.Names;

namespace Nectar.Linux.Symbols.Usdt;

/// <summary>Reads the USDT probes of a file (section <c>.note.stapsdt</c>; SystemTap's "UserSpaceProbeImplementation", version 3).</summary>
public static class UsdtNotes
{
    private const uint NoteType = 3;
    private const int MaxNotes = 1 << 20;

    /// <summary>All probes of a file, in the order of its notes.</summary>
    /// <param name="path">An executable or a shared library.</param>
    /// <exception cref="ObjectFormatException">It cannot be opened, is no ELF file, or its notes are malformed.</exception>
    public static IReadOnlyList<UsdtNote> Read(string path)
    {
        using ElfImage image = ElfImage.Open(path);
        return Read(image);
    }

    /// <inheritdoc cref="Read(string)"/>
    public static IReadOnlyList<UsdtNote> Read(ElfImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return TryRead(image, out List<UsdtNote> notes, out Diagnostic? problem) ? notes : throw new ObjectFormatException(problem);
    }

    /// <summary>The probes of a name; both parts may be patterns (<c>*</c>), and an empty provider is any.</summary>
    /// <exception cref="ObjectFormatException">NEC4405: there is none; the message names the nearest.</exception>
    public static IReadOnlyList<UsdtNote> Find(string path, string provider, string name)
    {
        IReadOnlyList<UsdtNote> all = Read(path);
        byte[] wantedProvider = System.Text.Encoding.UTF8.GetBytes(provider.Length == 0 ? "*" : provider), wantedName = System.Text.Encoding.UTF8.GetBytes(name);
        UsdtNote[] found = [.. all.Where(note =>
            NamePattern.Matches(wantedProvider, System.Text.Encoding.UTF8.GetBytes(note.Provider)) && NamePattern.Matches(wantedName, System.Text.Encoding.UTF8.GetBytes(note.Name)))];
        if (found.Length > 0) return found;
        string wanted = provider.Length == 0 ? name : $"{provider}:{name}";
        NearestNames nearest = new(wanted);
        foreach (UsdtNote note in all) nearest.Offer(provider.Length == 0 ? note.Name : note.ToString());
        throw new ObjectFormatException(Diagnostic.Error(SymbolCodes.Usdt, $"'{path}': no USDT probe '{wanted}' among {all.Count}", nearest.Notes));
    }

    internal static bool TryRead(ElfImage image, out List<UsdtNote> notes, [NotNullWhen(false)] out Diagnostic? problem)
    {
        notes = [];
        problem = null;
        bool hasBase = image.TrySection(".stapsdt.base"u8, out ElfSection linked);
        foreach (ref readonly ElfSection section in image.Sections)
        {
            if (section.Type != ElfSection.Note || !image.NameOf(section).SequenceEqual(".note.stapsdt"u8)) continue;
            if (!image.TryData(section, out ReadOnlyMemory<byte> data, out Diagnostic? damage))
            {
                problem = damage!;
                return false;
            }

            foreach (ElfNote note in new ElfNoteReader(data))
            {
                if (note.Type != NoteType || !note.Owner.Span.SequenceEqual("stapsdt"u8)) continue;
                if (notes.Count == MaxNotes || ReadOne(image, note.Description.Span, hasBase ? linked.Address : null) is not { } probe)
                {
                    problem = Diagnostic.Error(SymbolCodes.Usdt, $"'{image.Path}': note {notes.Count} of section '.note.stapsdt' is malformed", "help: was the file damaged when it was stripped?");
                    return false;
                }

                notes.Add(probe);
            }
        }

        return true;
    }

    private static UsdtNote? ReadOne(ElfImage image, ReadOnlySpan<byte> description, ulong? linkedBase)
    {
        if (description.Length < 27) return null;
        ulong address = BinaryPrimitives.ReadUInt64LittleEndian(description);
        ulong notedBase = BinaryPrimitives.ReadUInt64LittleEndian(description[8..]);
        ulong semaphore = BinaryPrimitives.ReadUInt64LittleEndian(description[16..]);
        ReadOnlySpan<byte> text = description[24..];
        if (!TakeString(ref text, out string provider) || !TakeString(ref text, out string name)) return null;
        if (!TakeString(ref text, out string arguments)) arguments = ElfImage.Text(text);

        // prelink moves sections but not what notes say: the distance of the base says how far
        if (linkedBase is { } real)
        {
            address = unchecked(address + real - notedBase);
            if (semaphore != 0) semaphore = unchecked(semaphore + real - notedBase);
        }

        if (!image.TryFileOffset(address, out ulong offset)) return null;
        ulong semaphoreOffset = 0;
        if (semaphore != 0 && !image.TryFileOffset(semaphore, out semaphoreOffset)) return null;
        return new UsdtNote
        {
            Provider = provider,
            Name = name,
            ArgumentText = arguments.Trim(),
            Address = address,
            FileOffset = offset,
            SemaphoreAddress = semaphore,
            SemaphoreFileOffset = semaphoreOffset,
            Machine = image.Machine,
            Path = image.Path,
        };
    }

    private static bool TakeString(ref ReadOnlySpan<byte> text, out string value)
    {
        int end = text.IndexOf((byte)0);
        value = end < 0 ? "" : ElfImage.Text(text[..end]);
        if (end < 0) return false;
        text = text[(end + 1)..];
        return true;
    }
}
