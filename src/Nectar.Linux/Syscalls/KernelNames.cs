// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Syscalls;

/// <summary>Names of objects in the kernel: at most 15 characters of letters, digits, dot and underscore.</summary>
internal static class KernelNames
{
    internal const int Size = 16;

    /// <summary>Writes a name with what the kernel does not accept replaced by an underscore, cut to its length, with a zero behind it.</summary>
    internal static void Write(string name, Span<byte> field)
    {
        field.Clear();
        int length = Math.Min(name.Length, field.Length - 1);
        for (int i = 0; i < length; i++) field[i] = char.IsAsciiLetterOrDigit(name[i]) || name[i] is '_' or '.' ? (byte)name[i] : (byte)'_';
    }

    /// <summary>Reads a name out of a field.</summary>
    internal static string Read(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    /// <summary>
    /// The kernel's name of a data section: the object's name before it, as far as both fit, so that maps of several objects can be told apart
    /// (<c>bootstra.rodata</c>); sections with two dots stand alone.
    /// </summary>
    internal static string OfDataSection(string objectName, string section)
    {
        if (section.AsSpan(1).Contains('.')) return section;
        int suffix = Math.Min(Math.Max(7, section.Length), Size - 1);
        return string.Concat(objectName.AsSpan(0, Math.Min(objectName.Length, Size - 1 - suffix)), section);
    }
}
