// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;

namespace Nectar.Linux.Refusals;

/// <summary>
/// Says in words what the verifier knows about a register: <c>pkt(off=14,r=14)</c> is a place in the packet, of which 14 bytes are known
/// to exist. Reads the spellings of kernels 5.10 to 6.18 (<c>inv</c> became <c>scalar</c> in 5.18, <c>umax_value</c> <c>umax</c> in 6.3).
/// </summary>
internal static class RegisterWords
{
    private static readonly Dictionary<string, string> s_types = new(StringComparer.Ordinal)
    {
        ["?"] = "nothing yet",
        ["scalar"] = "a number",
        ["inv"] = "a number",
        ["unknown_value"] = "a number",
        ["imm"] = "a number",
        ["ctx"] = "the context",
        ["map_ptr"] = "a map",
        ["map_value"] = "a map's value",
        ["fp"] = "the stack",
        ["pkt"] = "the packet",
        ["pkt_meta"] = "the packet's metadata",
        ["pkt_end"] = "the packet's end",
        ["flow_keys"] = "flow keys",
        ["sock"] = "a socket",
        ["sock_common"] = "a socket",
        ["tcp_sock"] = "a TCP socket",
        ["tp_buffer"] = "a tracepoint's buffer",
        ["xdp_sock"] = "an AF_XDP socket",
        ["mem"] = "memory",
        ["alloc_mem"] = "allocated memory",
        ["ringbuf_mem"] = "a ring buffer record",
        ["arena"] = "an arena",
        ["buf"] = "a buffer",
        ["rdonly_buf"] = "a buffer to read",
        ["rdwr_buf"] = "a buffer",
        ["func"] = "a function",
        ["map_key"] = "a map's key",
        ["dynptr_ptr"] = "a dynptr",
        ["percpu_mem"] = "per-CPU memory",
        ["rdonly_mem"] = "memory to read",
        ["user_mem"] = "user memory",
    };

    // what the verifier puts before a pointer to a kernel struct, longest first
    private static readonly (string Prefix, string Words)[] s_prefixes =
    [
        ("trusted_", "trusted "), ("untrusted_", "untrusted "), ("rcu_", "RCU-protected "), ("percpu_", "per-CPU "), ("user_", "user-space "), ("rdonly_", "read-only "), ("ringbuf_", "ring buffer "),
    ];

    /// <summary>A type of the verifier in words, without its numbers: <c>map_value_or_null</c> is a map's value or null.</summary>
    internal static string OfType(string type)
    {
        string name = type.TrimEnd('(', ' ');
        string orNull = "";
        if (name.EndsWith("_or_null", StringComparison.Ordinal)) (name, orNull) = (name[..^8], " or null");
        if (s_types.TryGetValue(name, out string? words)) return words + orNull;
        string prefix = "";
        for (bool found = true; found;)
        {
            found = false;
            foreach ((string start, string text) in s_prefixes)
            {
                if (!name.StartsWith(start, StringComparison.Ordinal)) continue;
                (prefix, name, found) = (prefix + text, name[start.Length..], true);
                break;
            }
        }

        if (name.StartsWith("ptr_or_null_", StringComparison.Ordinal)) return $"a {prefix}pointer to struct {name[12..]} or null";
        if (name.StartsWith("ptr_", StringComparison.Ordinal)) return $"a {prefix}pointer to struct {name[4..]}";
        if (s_types.TryGetValue(name, out words)) return prefix + words + orNull;
        if (name.StartsWith("fp", StringComparison.Ordinal)) return "the stack";
        return type.Length > 0 && (char.IsAsciiDigit(type[0]) || type[0] == '-') ? "a number" : type;
    }

    /// <summary>A list of types in words: <c>fp, pkt, map_value</c>.</summary>
    internal static string OfTypes(string types)
    {
        const int Most = 4;
        if (!types.Contains(", ", StringComparison.Ordinal)) return OfType(types);
        string[] words = [.. types.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(OfType).Distinct()];
        return words.Length > Most ? string.Join(", ", words[..Most]) + ", …" : string.Join(", ", words[..^1]) + " or " + words[^1];
    }

    /// <summary>What is known about a register in words; empty if there is nothing to add to what the verifier wrote.</summary>
    internal static string OfState(string state)
    {
        if (state.Length == 0) return "";
        string text = state[0] == 'P' ? state[1..] : state; // precise: how the verifier works, not what the value is
        if (text.StartsWith("invP", StringComparison.Ordinal)) text = "inv" + text[4..];
        if (text.StartsWith("inv", StringComparison.Ordinal) && text.Length > 3 && text[3] != '(') return ""; // a constant
        if (text.Length > 0 && (char.IsAsciiDigit(text[0]) || text[0] == '-')) return "";
        int open = text.IndexOf('(', StringComparison.Ordinal);
        string type = open < 0 ? text : text[..open];
        Dictionary<string, string> fields = open < 0 ? [] : ReadFields(text[(open + 1)..].TrimEnd(')'));
        if (type is "scalar" or "inv") return DescribeNumber(fields);
        if (type.StartsWith("fp", StringComparison.Ordinal)) return type is "fp0" ? "the frame pointer" : type.Length > 2 ? $"the stack at {type[2..]}" : "the stack";
        StringBuilder words = new(OfType(type));
        if (fields.TryGetValue("map", out string? map)) words.Replace("a map's", $"map '{map}'s").Replace("a map", $"map '{map}'").Replace($"map '{map}'s value", $"the value of map '{map}'").Replace($"map '{map}'s key", $"the key of map '{map}'");
        if (fields.TryGetValue("vs", out string? size)) words.Append(CultureInfo.InvariantCulture, $", {size} bytes");
        if (fields.TryGetValue("sz", out string? memory)) words.Append(CultureInfo.InvariantCulture, $", {memory} bytes");
        bool isPacket = type.StartsWith("pkt", StringComparison.Ordinal) && type != "pkt_end";
        if (fields.TryGetValue("off", out string? offset) && offset != "0") words.Append(CultureInfo.InvariantCulture, $", at offset {offset}");
        if (Highest(fields) is { } highest) words.Append(CultureInfo.InvariantCulture, $", plus a variable of up to {highest}");
        // a range of 0 may be out of date: a comparison changes it and the log does not show it again
        if (isPacket && fields.TryGetValue("r", out string? range) && range != "0" && !range.StartsWith("0xf", StringComparison.Ordinal)) words.Append(CultureInfo.InvariantCulture, $", {range} bytes are known to exist");
        return words.ToString();
    }

    private static string DescribeNumber(Dictionary<string, string> fields)
    {
        string? lowest = Get(fields, "umin", "umin_value") ?? (Get(fields, "umax", "umax_value") is null ? null : "0"), highest = Get(fields, "umax", "umax_value");
        string? signedLowest = Get(fields, "smin", "smin_value"), signedHighest = Get(fields, "smax", "smax_value");
        if (highest is not null) return $"a number from {lowest} to {highest}";
        if (signedLowest is not null && signedHighest is not null) return $"a number from {signedLowest} to {signedHighest}";
        if (lowest is not null) return $"a number from {lowest}, without upper bound";
        if (signedHighest is not null) return $"a number up to {signedHighest} that may be negative";
        return signedLowest is not null ? $"a number from {signedLowest}, without upper bound" : "any number";
    }

    private static string? Highest(Dictionary<string, string> fields) => Get(fields, "umax", "umax_value") ?? Get(fields, "smax", "smax_value");

    private static string? Get(Dictionary<string, string> fields, string name, string oldName) =>
        (fields.GetValueOrDefault(name) ?? fields.GetValueOrDefault(oldName)) is { } text ? Decimal(text, isSigned: name[0] == 's') : null;

    /// <summary>The kernel writes large numbers in hexadecimal, negative ones as what they are without sign.</summary>
    private static string Decimal(string text, bool isSigned)
    {
        if (!text.StartsWith("0x", StringComparison.Ordinal) || !ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)) return text;
        return isSigned ? ((long)value).ToString(CultureInfo.InvariantCulture) : value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Reads <c>id=1,umin=umin32=4,var_off=(0x0; 0xff)</c>; equal bounds are joined by the kernel.</summary>
    private static Dictionary<string, string> ReadFields(string text)
    {
        Dictionary<string, string> fields = new(StringComparer.Ordinal);
        int depth = 0, start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            char c = i < text.Length ? text[i] : ',';
            if (c == '(') depth++;
            else if (c == ')') depth--;
            if (c != ',' || (depth > 0 && i < text.Length)) continue;
            string[] parts = text[start..i].Split('=');
            for (int part = 0; part + 1 < parts.Length; part++) fields[parts[part]] = parts[^1];
            start = i + 1;
        }

        return fields;
    }
}
