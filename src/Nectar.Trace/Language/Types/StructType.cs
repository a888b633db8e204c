// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Types;

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
