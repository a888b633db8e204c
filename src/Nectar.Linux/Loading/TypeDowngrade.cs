// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;

namespace Nectar.Linux.Loading;

/// <summary>
/// Writes kinds of type that the kernel lacks as older kinds that take the same room, so that all numbers stay: floats and tags (5.13,
/// 5.16, 5.17), 64-bit enumerations (6.0), names that it does not accept. Which it lacks is probed once.
/// </summary>
internal static class TypeDowngrade
{
    private static readonly Lazy<Lacks> s_lacks = new(Probe);

    // Bytes behind the twelve of every record: fixed part, and for each of its items (include/uapi/linux/btf.h).
    private static ReadOnlySpan<byte> FixedWords => [0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0];

    private static ReadOnlySpan<byte> ItemWords => [0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3];

    internal static void Apply(BtfEditor types) => Apply(types, s_lacks.Value);

    internal static void Apply(BtfEditor types, Lacks lacks)
    {
        uint enumerator = lacks.HasFlag(Lacks.Enum64) ? types.Add(BtfKind.Int, "long long", 0, 8, (1u << 24) | 64) : 0;
        Span<uint> words = types.Words;
        Span<byte> strings = types.Strings;
        for (int at = 0; at + 3 <= words.Length;)
        {
            BtfKind kind = (BtfKind)((words[at + 1] >> 24) & 127);
            int items = (int)(words[at + 1] & 0xffff);
            int size = 3 + FixedWords[(int)kind] + (items * ItemWords[(int)kind]);
            Span<uint> record = words.Slice(at, Math.Min(size, words.Length - at));
            switch (kind)
            {
                case BtfKind.Float when lacks.HasFlag(Lacks.Float):
                    record[1] = (uint)BtfKind.Struct << 24; // no members, the same size
                    record[0] = 0;
                    break;
                case BtfKind.TypeTag when lacks.HasFlag(Lacks.TypeTag):
                    record[0] = 0;
                    record[1] = (uint)BtfKind.Const << 24;
                    break;
                case BtfKind.DeclTag when lacks.HasFlag(Lacks.DeclTag):
                    // four words: an integer of one byte, which nobody refers to
                    (record[0], record[1], record[2], record[3]) = (record[0], (uint)BtfKind.Int << 24, 1, 8);
                    record[0] = 0;
                    break;
                case BtfKind.Enum64 when lacks.HasFlag(Lacks.Enum64):
                    // three words an enumerator, like a member: a union of as many integers has the same size
                    record[1] = ((uint)BtfKind.Union << 24) | (uint)items;
                    for (int i = 0; i < items; i++) (record[4 + (i * 3)], record[5 + (i * 3)]) = (enumerator, 0);
                    break;
                case BtfKind.Func when lacks.HasFlag(Lacks.GlobalFunctions):
                    record[1] &= ~0xffffu;
                    break;
                case BtfKind.DataSection when lacks.HasFlag(Lacks.SectionNames):
                    RewriteName(strings, (int)record[0]);
                    break;
            }

            at += size;
        }
    }

    private static void RewriteName(Span<byte> strings, int offset)
    {
        for (int i = offset; i < strings.Length && strings[i] != 0; i++)
        {
            if (!char.IsAsciiLetterOrDigit((char)strings[i]) && strings[i] != '_' && (strings[i] != '.' || i == offset)) strings[i] = (byte)'_';
        }
    }

    private static Lacks Probe()
    {
        Lacks lacks = Lacks.None;
        Check(Lacks.Float, builder => builder.AddFloat("float", 4));
        Check(Lacks.TypeTag, builder => builder.AddPointer(builder.AddTypeTag("tag", builder.AddInt("int", 4))));
        Check(Lacks.DeclTag, builder => builder.AddDeclTag("tag", builder.AddVar("x", builder.AddInt("int", 4), 0)));
        Check(Lacks.Enum64, builder => builder.AddEnum64("e", 8, false, [new BtfEnumerator("A", 1)]));
        Check(Lacks.GlobalFunctions, builder => builder.AddFunc("f", builder.AddFuncProto(builder.AddInt("int", 4), []), 1));
        Check(Lacks.SectionNames, builder => builder.AddDataSection("?x", 4, [new BtfSectionVariable(builder.AddVar("x", builder.AddInt("int", 4), 1), 0, 4)]));
        return lacks;

        void Check(Lacks lack, Action<BtfBuilder> add)
        {
            BtfBuilder builder = new();
            add(builder);
            if (BtfObjects.TryLoad(builder.ToArray(), out Syscalls.KernelHandle? handle) != Bpf.Maps.Errno.None) lacks |= lack;
            handle?.Dispose();
        }
    }

    /// <summary>What a kernel may lack.</summary>
    [Flags]
    internal enum Lacks
    {
        None = 0,
        Float = 1,
        TypeTag = 2,
        DeclTag = 4,
        Enum64 = 8,
        GlobalFunctions = 16,
        SectionNames = 32,
    }
}
