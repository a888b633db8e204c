// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Types;

/// <summary>What a value is; how its bytes are laid out is said in docs/trace-internals.md.</summary>
internal enum TypeKind : byte
{
    /// <summary>Not known (yet).</summary>
    None,
    Void,
    /// <summary>1, 2, 4 or 8 bytes; with an enum's name perhaps.</summary>
    Integer,
    Boolean,
    /// <summary>Size bytes, zero behind the text.</summary>
    String,
    /// <summary>u32 length, then Size − 4 bytes.</summary>
    Buffer,
    Array,
    Pointer,
    Struct,
    /// <summary>Tuples and records: fields one after another, each aligned.</summary>
    Tuple,
    /// <summary>24 bytes: u64 hash (0: nothing was recorded), u32 number of frames, u32 pid, u32 tid, u32 probe.</summary>
    KernelStack,
    /// <summary>As <see cref="KernelStack"/>.</summary>
    UserStack,
    /// <summary>u64 address.</summary>
    KernelSymbol,
    /// <summary>u64 address, u32 pid, u32 probe.</summary>
    UserSymbol,
    /// <summary>u64 family (2 or 10), 16 bytes of address.</summary>
    InternetAddress,
    /// <summary>6 bytes.</summary>
    MacAddress,
    /// <summary>u64 nanoseconds, u32 index of the format in the plan's strings, u32 clock.</summary>
    Timestamp,
    /// <summary>u64 user number.</summary>
    Username,
    /// <summary>u64 index of the path pattern in the plan's strings, u64 cgroup number.</summary>
    CgroupPath,
    /// <summary>u64.</summary>
    ErrorName,
    /// <summary>u64.</summary>
    SyscallName,
    /// <summary>u64.</summary>
    SignalName,

    // Values of maps that add up; from here on per CPU.

    /// <summary>u64.</summary>
    Count,
    /// <summary>u64 or i64.</summary>
    Sum,
    /// <summary>u64 value, u64 not zero once set.</summary>
    Minimum,
    /// <summary>As <see cref="Minimum"/>.</summary>
    Maximum,
    /// <summary>u64 total, u64 count.</summary>
    Average,
    /// <summary>u64 total, u64 count.</summary>
    Statistics,
    /// <summary>u64 for each bucket: <see cref="HistogramShape"/>.</summary>
    Histogram,
    /// <summary>u64 for each bucket: below, steps, above.</summary>
    LinearHistogram,
    /// <summary>For each interval that is kept: u64 its number since the epoch, u64 value, u64 count.</summary>
    TimeSeries,
}
