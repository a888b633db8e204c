// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Types;

/// <summary>Where in its struct a field of a few bits is.</summary>
/// <param name="ByteOffset">Of the bytes that hold it.</param>
/// <param name="Bytes">How many bytes are read: 1, 2, 4 or 8.</param>
/// <param name="Shift">Bits below it in those bytes (little-endian).</param>
/// <param name="Bits">Its width.</param>
internal sealed record BitField(int ByteOffset, int Bytes, int Shift, int Bits);

/// <summary>A field of a struct or union.</summary>
internal sealed record StructField(string Name, TraceType Type, int Offset)
{
    public BitField? Bits { get; init; }

    /// <summary>Of a tracepoint: 32 bits, the lower half of which says how far from the record's start the data is (<c>__data_loc</c>). The field's value is the data's address: its type is a pointer.</summary>
    public bool IsDataLocation { get; init; }

    /// <summary>With <see cref="IsDataLocation"/>: the data is so far from the field's end (<c>__rel_loc</c>).</summary>
    public bool IsRelativeLocation { get; init; }

    /// <summary>Which member of the BTF struct it is; -1 where it is not of BTF.</summary>
    public int MemberIndex { get; init; } = -1;

    /// <summary>Of the arguments of a probe: the number of the argument that holds it (<c>fentry</c>, <c>rawtracepoint</c>: 8 bytes at 8 × number); -1 otherwise.</summary>
    public int Argument { get; init; } = -1;
}

/// <summary>A struct or union, from the kernel's BTF, a tracepoint's format, DWARF, or the script's C. Fields are made when first asked for.</summary>
internal sealed class StructType(string name, int size, Func<StructType, IReadOnlyList<StructField>> fields)
{
    private IReadOnlyList<StructField>? _fields;
    private int _alignment;

    /// <summary>With <c>struct</c> or <c>union</c>: <c>struct task_struct</c>; a typedef's own name.</summary>
    public string Name { get; } = name;

    public int Size { get; } = size;

    /// <summary>Declared by the script's C. Its <c>char</c> arrays are texts that may fill them without a zero behind: they are read as a byte more than they have.</summary>
    public bool IsDeclared { get; init; }

    public bool IsUnion => Name.StartsWith("union ", StringComparison.Ordinal);

    /// <summary>The number in the kernel's BTF; 0 where it is not of it.</summary>
    public uint BtfTypeId { get; init; }

    /// <summary>Members in order; anonymous ones have an empty name.</summary>
    public IReadOnlyList<StructField> Fields => _fields ??= fields(this);

    /// <summary>That of the most aligned field; 1 of packed ones.</summary>
    public int Alignment
    {
        get
        {
            if (_alignment > 0) return _alignment;
            _alignment = 1; // for one that is in itself
            int most = 1;
            foreach (StructField member in Fields)
            {
                if (member.Type.Size == 0) continue;
                int own = member.Bits is null ? member.Type.Alignment : Math.Max(1, Math.Min(8, member.Type.Size));
                if (member.Bits is null && member.Offset % own != 0)
                {
                    most = 1;
                    break;
                }

                most = Math.Max(most, own);
            }

            return _alignment = Size > 0 && Size % most != 0 ? 1 : most;
        }
    }

    /// <summary>From this struct to a field by name, through anonymous members; null if there is none.</summary>
    public StructField[]? Find(string name)
    {
        foreach (StructField field in Fields)
        {
            if (field.Name == name) return [field];
        }

        foreach (StructField field in Fields)
        {
            if (field.Name.Length == 0 && field.Type.Struct?.Find(name) is { } rest) return [field, .. rest];
        }

        return null;
    }

    public override string ToString() => Name;
}

/// <summary>An enum's name and enumerators.</summary>
internal sealed record EnumType(string Name, IReadOnlyDictionary<long, string> Names)
{
    public bool Equals(EnumType? other) => other is not null && Name == other.Name;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}
