// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Nectar.CompilerTests.Generation;

/// <summary>A generated method: a method of a probe class, and the XDP program of the same class that calls it on its packet.</summary>
/// <param name="Class">The probe class, with its namespace.</param>
/// <param name="Method">The method: <c>ulong Method(ref Input input)</c>.</param>
/// <param name="Program">The program.</param>
/// <param name="Text">The method's source.</param>
internal sealed record GeneratedMethod(string Class, string Method, string Program, string Text);

/// <summary>Makes probe classes from a seed: the same seed gives the same text on every machine.</summary>
internal static class GeneratedProbes
{
    /// <summary>Bytes of a packet: eight inputs and the result.</summary>
    internal const int PacketSize = 72;

    /// <summary>What every generated file begins with.</summary>
    private const string Prelude = """
        namespace Generated;

        public struct Input { public ulong A, B, C, D, E, F, G, H, Result; }
        public struct Pair { public int X; public long Y; public ushort Z; }
        [InlineArray(8)] public struct Block8 { private byte _first; }
        [InlineArray(4)] public struct Words4 { private ulong _first; }

        """;

    private const string Members = """
            public readonly ArrayMap<ulong> State = new(8);
            public readonly HashMap<uint, ulong> Table = new(16);
            public ulong Total;

            private static T Mix<T>(T a, T b) where T : unmanaged => Unsafe.SizeOf<T>() > 2 ? a : b;

            private static void Split(ulong value, out uint low, out (int Low, long High) parts)
            {
                low = (uint)value;
                parts = ((int)(value >> 40), (long)value >> 3);
            }

        """;

    /// <summary>Makes methods, some to a class, the classes in files of their own.</summary>
    /// <param name="seed">The seed of the first method; the others' follow.</param>
    /// <param name="count">How many methods.</param>
    /// <param name="perClass">How many of them share a class.</param>
    internal static (List<(string Path, string Text)> Files, List<GeneratedMethod> Methods) Make(int seed, int count, int perClass)
    {
        List<(string Path, string Text)> files = [("prelude.cs", Prelude)];
        List<GeneratedMethod> methods = [];
        for (int first = 0; first < count; first += perClass)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"G{seed + first}");
            StringBuilder text = new($"namespace Generated;\n\npublic sealed class {name} : Probe\n{{\n{Members}");
            for (int i = first; i < Math.Min(first + perClass, count); i++)
            {
                string method = Method(seed + i);
                text.Append('\n').Append(method).Append(CultureInfo.InvariantCulture, $$"""

                        [Xdp]
                        public XdpAction P{{seed + i}}(XdpContext ctx)
                        {
                            if (!ctx.Packet.TryAt(0, out Ref<Input> input)) return XdpAction.Pass;
                            ulong result = F{{seed + i}}(ref input.Value);
                            input.Value.Result = result;
                            return XdpAction.Tx;
                        }

                    """);
                methods.Add(new GeneratedMethod("Generated." + name, $"F{seed + i}", $"P{seed + i}", method));
            }

            files.Add((name + ".cs", text.Append("}\n").ToString()));
        }

        return (files, methods);
    }

    /// <summary>The packets that a method is run on.</summary>
    internal static byte[][] Packets(int seed, int count)
    {
        Random random = new(seed);
        byte[][] packets = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            packets[i] = new byte[PacketSize];
            Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(packets[i].AsSpan());
            for (int w = 0; w < 8; w++)
            {
                words[w] = random.Next(7) switch
                {
                    0 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
                    1 => (ulong)random.Next(0, 16),
                    2 => (ulong)(long)-random.Next(0, 16),
                    3 => 1ul << random.Next(64),
                    4 => (1ul << random.Next(64)) - 1,
                    5 => random.Next(2) == 0 ? 0x80000000 : 0x7fffffff,
                    _ => (ulong)random.Next(),
                };
            }
        }

        return packets;
    }

    // Not optimized: the just-in-time compiler of .NET 10 folds some unsigned comparisons wrongly (a rotated number with 1).
    private static string Method(int seed)
    {
        Random random = new(seed);
        bool throws = random.Next(8) == 0;
        StatementGenerator statements = new(random, throws);
        return $"    [MethodImpl(MethodImplOptions.NoOptimization)]\n    private ulong F{seed}(ref Input input)\n    {{\n        unchecked\n        {{\n{statements.Body(random.Next(4, 14))}        }}\n    }}\n";
    }
}
