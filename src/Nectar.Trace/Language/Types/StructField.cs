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
