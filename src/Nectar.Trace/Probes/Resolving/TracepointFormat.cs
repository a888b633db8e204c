// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Linux.Tracing;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Probes.Resolving;

/// <summary>Reads the <c>format</c> file of an event: the fields of what a program gets.</summary>
internal static class TracepointFormat
{
    private const string DataLocation = "__data_loc ", RelativeLocation = "__rel_loc ";

    /// <summary>The fields of an event; null if there is none.</summary>
    public static StructType? Read(string category, string name, Func<string, TraceType?>? typeOf)
    {
        return TraceFileSystem.ReadText($"events/{category}/{name}/format") is { } text ? Parse(text, category, name, typeOf) : null;
    }

    /// <summary>The fields behind the common ones as the file declares them.</summary>
    public static IEnumerable<string> Declarations(string category, string name)
    {
        if (TraceFileSystem.PathOf($"events/{category}/{name}/format") is not { } path) yield break;
        bool isOwn = false;
        bool isFormat = false;
        foreach (string line in File.ReadLines(path))
        {
            isFormat |= line.StartsWith("format:", StringComparison.Ordinal);
            isOwn |= isFormat && line.Length == 0;
            if (isOwn && line.StartsWith("\tfield:", StringComparison.Ordinal) && Section(line, "field:") is { } declaration) yield return declaration;
        }
    }

    /// <summary>Reads the text of such a file.</summary>
    public static StructType Parse(string text, string category, string name, Func<string, TraceType?>? typeOf)
    {
        // System calls get pointers from user space, other events from the kernel.
        AddressSpace space = category == "syscalls" ? AddressSpace.User : AddressSpace.Kernel;
        List<StructField> fields = [];
        int size = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (Section(line, "field:") is not { } declaration || Number(line, "offset:") is not { } offset || Number(line, "size:") is not { } bytes) continue;
            fields.Add(Field(declaration, offset, bytes, Number(line, "signed:") == 1, space, typeOf));
            size = Math.Max(size, offset + bytes);
        }

        return new StructType($"struct tracepoint_{category}_{name}_args", size, _ => fields);
    }

    private static StructField Field(string declaration, int offset, int bytes, bool isSigned, AddressSpace space, Func<string, TraceType?>? typeOf)
    {
        int blank = declaration.AsSpan().LastIndexOfAny(" \t");
        (string type, string name) = blank < 0 ? ("", declaration) : (declaration[..blank].Trim(), declaration[(blank + 1)..]);
        if (type.StartsWith(DataLocation, StringComparison.Ordinal) || type.StartsWith(RelativeLocation, StringComparison.Ordinal))
        {
            TraceType element = type.Contains("char", StringComparison.Ordinal) ? TraceType.Int8 : TraceType.UInt8;
            return new StructField(name, TraceType.Pointer(element, AddressSpace.Kernel), offset) { IsDataLocation = true, IsRelativeLocation = type[0] == '_' && type[2] == 'r' };
        }

        int bracket = name.IndexOf('[', StringComparison.Ordinal);
        if (bracket < 0) return new StructField(name, Scalar(type, bytes, isSigned, space, typeOf), offset);
        string count = name[(bracket + 1)..].TrimEnd(']');
        name = name[..bracket];
        if (type is "char" or "unsigned char" && type == "char") return new StructField(name, TraceType.String(bytes), offset);
        // The number may be a constant of the kernel's source; the size says how many there are.
        TraceType whole = typeOf?.Invoke(type) ?? TraceType.None;
        int one = whole.Size > 0 ? whole.Size : int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? bytes / number : 1;
        if (whole.Size == 0) whole = TraceType.Integer(one is 1 or 2 or 4 or 8 ? one : 1, isSigned);
        return new StructField(name, TraceType.Array(whole, bytes / Math.Max(1, whole.Size), space), offset);
    }

    private static TraceType Scalar(string type, int bytes, bool isSigned, AddressSpace space, Func<string, TraceType?>? typeOf)
    {
        TraceType? known = typeOf?.Invoke(type);
        if (type.EndsWith('*'))
        {
            TraceType element = known is { Kind: TypeKind.Pointer, Element: { } target } ? target : PointedTo(type);
            return TraceType.Pointer(element, type.Contains("__user", StringComparison.Ordinal) ? AddressSpace.User : space);
        }

        // System calls widen each argument to a register: the file's size counts, not the type's.
        if (bytes is 1 or 2 or 4 or 8 && known is not { IsScalar: false }) return TraceType.Integer(bytes, isSigned, known?.Enum);
        return known is not null && known.Size == bytes ? known : TraceType.Array(TraceType.UInt8, bytes, space);
    }

    private static TraceType PointedTo(string type)
    {
        string target = type[..^1].Replace("const ", "", StringComparison.Ordinal).Trim();
        return target switch
        {
            "char" => TraceType.Int8,
            "unsigned char" or "u8" => TraceType.UInt8,
            "int" => TraceType.Int32,
            "unsigned int" or "u32" => TraceType.UInt32,
            _ => TraceType.Void,
        };
    }

    private static string? Section(ReadOnlySpan<char> line, string title)
    {
        int start = line.IndexOf(title);
        if (start < 0) return null;
        ReadOnlySpan<char> rest = line[(start + title.Length)..];
        int end = rest.IndexOf(';');
        return end < 0 ? null : rest[..end].ToString();
    }

    private static int? Number(ReadOnlySpan<char> line, string title) => Section(line, title) is { } text && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
