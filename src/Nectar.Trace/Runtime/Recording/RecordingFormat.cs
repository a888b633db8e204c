// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Runtime.Recording;

/// <summary>
/// Recordings: the magic and a version, then deflated entries. An entry is its kind, the nanoseconds since the one before, the length of what
/// follows, and that. Numbers are variable-length (7 bits a byte, the lowest first); a reader skips kinds that it does not know.
/// </summary>
internal static class RecordingFormat
{
    public const ushort Version = 1;

    public static ReadOnlySpan<byte> Magic => "NTRC"u8;
}

/// <summary>What an entry is.</summary>
internal enum EntryKind : byte
{
    /// <summary>The wall time of the start in nanoseconds since 1970, and the script's source.</summary>
    Start, Print, Value, Map, Time, Cat, Join, System, Raw, Attached, Lost, HelperError, RuntimeError, Warning, Error, End,
}

/// <summary>How a value is written.</summary>
internal enum ValueTag : byte
{
    Null, Signed, Unsigned, True, False, Text, Named, Bytes, Array, Tuple, Struct, Stack, Histogram, TimeSeries,
}
