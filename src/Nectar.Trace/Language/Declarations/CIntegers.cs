// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Declarations;

/// <summary>C's integer types by their words, which may stand in any order.</summary>
internal static class CIntegers
{
    /// <summary><c>long unsigned int</c> → <c>unsigned long</c>.</summary>
    public static string Normalize(IReadOnlyList<string> words)
    {
        bool isUnsigned = words.Contains("unsigned"), isSigned = words.Contains("signed") || words.Contains("__signed__");
        int longs = words.Count(w => w == "long");
        string size = words.Contains("char") ? "char" : words.Contains("short") ? "short" : longs >= 2 ? "long long" : longs == 1 ? "long"
            : words.FirstOrDefault(w => w is "_Bool" or "float" or "double" or "__int128") ?? "int";
        return isUnsigned ? "unsigned " + size : isSigned && size == "char" ? "signed char" : size;
    }

    /// <summary>Size and sign of a normalized name or of the names that headers give integers; null if it is none.</summary>
    public static (int Size, bool IsSigned)? Find(string name) => Known.TryGetValue(name, out (int, bool) known) ? known : null;

    private static readonly Dictionary<string, (int, bool)> Known = new(StringComparer.Ordinal)
    {
        ["char"] = (1, true), ["signed char"] = (1, true), ["unsigned char"] = (1, false), ["short"] = (2, true), ["unsigned short"] = (2, false),
        ["int"] = (4, true), ["unsigned int"] = (4, false), ["long"] = (8, true), ["unsigned long"] = (8, false), ["long long"] = (8, true), ["unsigned long long"] = (8, false),
        ["float"] = (4, true), ["double"] = (8, true),
        ["int8_t"] = (1, true), ["int16_t"] = (2, true), ["int32_t"] = (4, true), ["int64_t"] = (8, true),
        ["uint8_t"] = (1, false), ["uint16_t"] = (2, false), ["uint32_t"] = (4, false), ["uint64_t"] = (8, false),
        ["s8"] = (1, true), ["s16"] = (2, true), ["s32"] = (4, true), ["s64"] = (8, true), ["u8"] = (1, false), ["u16"] = (2, false), ["u32"] = (4, false), ["u64"] = (8, false),
        ["__s8"] = (1, true), ["__s16"] = (2, true), ["__s32"] = (4, true), ["__s64"] = (8, true),
        ["__u8"] = (1, false), ["__u16"] = (2, false), ["__u32"] = (4, false), ["__u64"] = (8, false),
        ["__be16"] = (2, false), ["__be32"] = (4, false), ["__be64"] = (8, false), ["__le16"] = (2, false), ["__le32"] = (4, false), ["__le64"] = (8, false),
        ["size_t"] = (8, false), ["ssize_t"] = (8, true), ["uintptr_t"] = (8, false), ["intptr_t"] = (8, true), ["ptrdiff_t"] = (8, true), ["off_t"] = (8, true), ["loff_t"] = (8, true),
        ["pid_t"] = (4, true), ["uid_t"] = (4, false), ["gid_t"] = (4, false), ["mode_t"] = (4, false), ["dev_t"] = (8, false), ["ino_t"] = (8, false), ["time_t"] = (8, true),
        ["socklen_t"] = (4, false), ["sa_family_t"] = (2, false), ["in_port_t"] = (2, false), ["in_addr_t"] = (4, false),
        ["int8"] = (1, true), ["int16"] = (2, true), ["int32"] = (4, true), ["int64"] = (8, true),
        ["uint8"] = (1, false), ["uint16"] = (2, false), ["uint32"] = (4, false), ["uint64"] = (8, false),
    };
}
