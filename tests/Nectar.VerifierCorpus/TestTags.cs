// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Btf;

namespace Nectar.VerifierCorpus;

/// <summary>What a test program says about itself in tags of its types: the expected verdict, result and load flags.</summary>
/// <param name="Expected">True for accepted, false for refused, null if it says nothing.</param>
/// <param name="Flags">Load flags to add.</param>
/// <param name="ReturnValue">What it returns, as written; null if it says nothing.</param>
/// <param name="IsAuxiliary">True if it is no test itself.</param>
internal sealed record TestTags(bool? Expected, uint Flags, string? ReturnValue, bool IsAuxiliary)
{
    private const string Prefix = "comment:test_";

    private static readonly Dictionary<string, uint> s_flags = new(StringComparer.Ordinal)
    {
        ["BPF_F_STRICT_ALIGNMENT"] = 1 << 0, ["BPF_F_ANY_ALIGNMENT"] = 1 << 1, ["BPF_F_TEST_RND_HI32"] = 1 << 2, ["BPF_F_TEST_STATE_FREQ"] = 1 << 3,
        ["BPF_F_SLEEPABLE"] = 1 << 4, ["BPF_F_XDP_HAS_FRAGS"] = 1 << 5, ["BPF_F_XDP_DEV_BOUND_ONLY"] = 1 << 6, ["BPF_F_TEST_REG_INVARIANTS"] = 1 << 7,
    };

    /// <summary>The tags of all functions of an object, by name.</summary>
    internal static Dictionary<string, TestTags> Read(BtfTypes? types)
    {
        Dictionary<string, TestTags> tags = new(StringComparer.Ordinal);
        for (uint id = 1; types is not null && id < types.Count; id++)
        {
            BtfType tag = types[id];
            if (tag.Kind != BtfKind.DeclTag || tag.ComponentIndex != -1 || !tag.Name.StartsWith(Prefix, StringComparison.Ordinal) || types[tag.TypeId].Kind != BtfKind.Func) continue;
            string name = types[tag.TypeId].Name;
            tags[name] = tags.GetValueOrDefault(name, new TestTags(null, 0, null, false)).With(tag.Name[Prefix.Length..]);
        }

        return tags;
    }

    private TestTags With(string tag) => tag switch
    {
        "expect_success" => this with { Expected = true },
        "expect_failure" => this with { Expected = false },
        "auxiliary" => this with { IsAuxiliary = true },
        _ when tag.StartsWith("retval=", StringComparison.Ordinal) => this with { ReturnValue = tag[7..] },
        _ when tag.StartsWith("prog_flags=!", StringComparison.Ordinal) => this with { Flags = Flags & ~Number(tag[12..]) },
        _ when tag.StartsWith("prog_flags=", StringComparison.Ordinal) => this with { Flags = Flags | Number(tag[11..]) },
        _ => this,
    };

    private static uint Number(string text) => s_flags.TryGetValue(text, out uint flag) ? flag
        : text.StartsWith("0x", StringComparison.Ordinal) ? uint.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : uint.TryParse(text, CultureInfo.InvariantCulture, out uint number) ? number : 0;
}
