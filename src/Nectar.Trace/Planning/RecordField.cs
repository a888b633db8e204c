// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Planning;

/// <summary>A value in a record.</summary>
/// <param name="Offset">From the record's start; the record begins with u32 action, u32 zero.</param>
internal sealed record RecordField(TraceType Type, int Offset)
{
    /// <summary>A text that is somewhere else in the record: at its offset is a u32 that says where it begins, counted from the record's start. It ends with a zero.</summary>
    public bool IsPacked { get; init; }

    /// <summary>The value's bytes, and what follows them; empty if the record is too short.</summary>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> record)
    {
        if (!IsPacked) return (uint)(Offset + Type.Size) <= (uint)record.Length ? record[Offset..] : [];
        if (Offset + sizeof(uint) > record.Length) return [];
        uint begin = BinaryPrimitives.ReadUInt32LittleEndian(record[Offset..]);
        return begin < (uint)record.Length ? record[(int)begin..] : [];
    }
}
