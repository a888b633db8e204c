// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Types;

/// <summary>Types that the language knows by name, and C's integers.</summary>
internal static class BuiltinTypes
{
    private static readonly Dictionary<string, TraceType> s_types = new(StringComparer.Ordinal)
    {
        ["bool"] = TraceType.Boolean, ["void"] = TraceType.Void,
        ["int8"] = TraceType.Int8, ["int16"] = TraceType.Int16, ["int32"] = TraceType.Int32, ["int64"] = TraceType.Int64,
        ["uint8"] = TraceType.UInt8, ["uint16"] = TraceType.UInt16, ["uint32"] = TraceType.UInt32, ["uint64"] = TraceType.UInt64,
        ["count_t"] = Count, ["sum_t"] = Aggregation(TypeKind.Sum, true), ["usum_t"] = Aggregation(TypeKind.Sum, false),
        ["min_t"] = Aggregation(TypeKind.Minimum, true), ["umin_t"] = Aggregation(TypeKind.Minimum, false),
        ["max_t"] = Aggregation(TypeKind.Maximum, true), ["umax_t"] = Aggregation(TypeKind.Maximum, false),
        ["avg_t"] = Aggregation(TypeKind.Average, true), ["uavg_t"] = Aggregation(TypeKind.Average, false),
        ["stats_t"] = Aggregation(TypeKind.Statistics, true), ["ustats_t"] = Aggregation(TypeKind.Statistics, false),
        ["timestamp"] = Timestamp(ClockKind.Boot), ["macaddr_t"] = MacAddress, ["cgroup_path_t"] = CgroupPath, ["username_t"] = Username,
        ["string"] = TraceType.String(0), ["buffer"] = TraceType.Buffer(0), ["inet"] = InternetAddress,
    };

    // What C calls its integers on x86-64 and arm64 Linux, words in any order folded by Normalize; looked up only where neither the script nor the kernel has the name.
    private static readonly Dictionary<string, TraceType> s_integers = new(StringComparer.Ordinal)
    {
        ["char"] = TraceType.Int8, ["signed char"] = TraceType.Int8, ["unsigned char"] = TraceType.UInt8, ["_Bool"] = TraceType.Boolean,
        ["short"] = TraceType.Int16, ["unsigned short"] = TraceType.UInt16, ["int"] = TraceType.Int32, ["unsigned int"] = TraceType.UInt32,
        ["long"] = TraceType.Int64, ["unsigned long"] = TraceType.UInt64, ["long long"] = TraceType.Int64, ["unsigned long long"] = TraceType.UInt64,
        ["int8_t"] = TraceType.Int8, ["int16_t"] = TraceType.Int16, ["int32_t"] = TraceType.Int32, ["int64_t"] = TraceType.Int64,
        ["uint8_t"] = TraceType.UInt8, ["uint16_t"] = TraceType.UInt16, ["uint32_t"] = TraceType.UInt32, ["uint64_t"] = TraceType.UInt64,
        ["u8"] = TraceType.UInt8, ["u16"] = TraceType.UInt16, ["u32"] = TraceType.UInt32, ["u64"] = TraceType.UInt64,
        ["s8"] = TraceType.Int8, ["s16"] = TraceType.Int16, ["s32"] = TraceType.Int32, ["s64"] = TraceType.Int64,
        ["__u8"] = TraceType.UInt8, ["__u16"] = TraceType.UInt16, ["__u32"] = TraceType.UInt32, ["__u64"] = TraceType.UInt64,
        ["__s8"] = TraceType.Int8, ["__s16"] = TraceType.Int16, ["__s32"] = TraceType.Int32, ["__s64"] = TraceType.Int64,
        ["__be16"] = TraceType.UInt16, ["__be32"] = TraceType.UInt32, ["__be64"] = TraceType.UInt64, ["__le16"] = TraceType.UInt16, ["__le32"] = TraceType.UInt32, ["__le64"] = TraceType.UInt64,
        ["size_t"] = TraceType.UInt64, ["ssize_t"] = TraceType.Int64, ["uintptr_t"] = TraceType.UInt64, ["intptr_t"] = TraceType.Int64, ["ptrdiff_t"] = TraceType.Int64,
        ["pid_t"] = TraceType.Int32, ["uid_t"] = TraceType.UInt32, ["gid_t"] = TraceType.UInt32, ["dev_t"] = TraceType.UInt32, ["loff_t"] = TraceType.Int64, ["sector_t"] = TraceType.UInt64,
    };

    public static TraceType Count => new(TypeKind.Count, 8);

    public static TraceType MacAddress => new(TypeKind.MacAddress, 6);

    public static TraceType CgroupPath => new(TypeKind.CgroupPath, 16);

    public static TraceType Username => new(TypeKind.Username, 8);

    public static TraceType InternetAddress => new(TypeKind.InternetAddress, 24);

    public static TraceType KernelSymbol => new(TypeKind.KernelSymbol, 8);

    public static TraceType UserSymbol => new(TypeKind.UserSymbol, 16);

    public static IEnumerable<string> Names => s_types.Keys;

    public static TraceType Timestamp(ClockKind clock) => new(TypeKind.Timestamp, 16) { Clock = clock };

    /// <summary>A value of a map that adds up, of the size that its kind has.</summary>
    public static TraceType Aggregation(TypeKind kind, bool isSigned, HistogramShape? shape = null) => new(kind, kind switch
    {
        TypeKind.Count or TypeKind.Sum => 8,
        TypeKind.Histogram => 8 * Buckets(shape!),
        TypeKind.LinearHistogram => 8 * (int)(((shape!.Maximum - shape.Minimum) / shape.Step) + 2),
        TypeKind.TimeSeries => 24 * shape!.Intervals,
        _ => 16,
    }) { IsSigned = isSigned, Shape = shape };

    /// <summary>Below zero, zero, and for each power of two up to 2^63 as many buckets as the bits say; the first powers have fewer.</summary>
    private static int Buckets(HistogramShape shape) => (65 << shape.Bits) + 1;

    public static TraceType? Find(string name) => s_types.GetValueOrDefault(name);

    public static TraceType? FindInteger(string name) => s_integers.GetValueOrDefault(Normalize(name));

    /// <summary><c>long unsigned int</c> is <c>unsigned long</c>.</summary>
    private static string Normalize(string name)
    {
        if (!name.Contains(' ', StringComparison.Ordinal)) return name is "unsigned" ? "unsigned int" : name is "signed" ? "int" : name;
        bool isUnsigned = false, isSigned = false;
        int longs = 0;
        string core = "int";
        foreach (string word in name.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            switch (word)
            {
                case "unsigned": isUnsigned = true; break;
                case "signed": isSigned = true; break;
                case "long": longs++; break;
                case "int" or "const" or "volatile": break;
                case "short" or "char": core = word; break;
                default: return name;
            }
        }

        if (longs > 0) core = "long";
        if (core == "char" && isSigned) return "signed char";
        return isUnsigned ? "unsigned " + core : core;
    }
}
