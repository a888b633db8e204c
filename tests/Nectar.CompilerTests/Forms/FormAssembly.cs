// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.CompilerTests.Forms;

/// <summary>The forms of C# in tests/golden/compiler, as one library: a probe class each, whose program calls <c>Form</c> on two numbers of its packet.</summary>
internal static class FormAssembly
{
    internal const string Folder = "compiler";

    /// <summary>A packet: both numbers and the result.</summary>
    internal const int PacketSize = 24;

    private static readonly Lazy<string> s_optimized = new(() => Make(new CSharpOptions()));
    private static readonly Lazy<string> s_debug = new(() => Make(new CSharpOptions(Optimize: false)));

    internal static string Optimized => s_optimized.Value;

    internal static string Debug => s_debug.Value;

    internal static string Class(string form) => $"Forms.{form}.Case";

    /// <summary>Numbers that forms are run on.</summary>
    internal static (ulong A, ulong B)[] Inputs { get; } =
    [
        (0, 0), (1, 2), (5, 3), (3, 5), (80, 443), (0x8000_0000, 0x7fff_ffff), (ulong.MaxValue, 1), (1, ulong.MaxValue), (0x312E312F50545448, 15),
        (8443, 200), (31000, 9), (12345, 77), (0x1234_5678_9abc_def0, 0xfedc_ba98_7654_3210), (17, 64), (unchecked((ulong)-7), 33), (0x20544547, 1u << 20),
    ];

    internal static byte[] Packet((ulong A, ulong B) input)
    {
        byte[] packet = new byte[PacketSize];
        BitConverter.TryWriteBytes(packet, input.A);
        BitConverter.TryWriteBytes(packet.AsSpan(8), input.B);
        return packet;
    }

    private static string Make(CSharpOptions options) => CSharp.Compile("forms", GoldenFile.All(Folder).Select(golden => (golden.Name + ".cs", Source(golden))), options);

    // The form's first line is the second of its file.
    private static string Source(GoldenFile golden) => $$"""
        namespace Forms.{{golden.Name}}; public struct Arguments { public ulong A, B, Result; } public sealed class Case : Probe {
        {{golden["source"]}}
            [Xdp]
            public XdpAction Run(XdpContext ctx)
            {
                if (!ctx.Packet.TryAt(0, out Ref<Arguments> arguments)) return XdpAction.Pass;
                arguments.Value.Result = (ulong)Form(arguments.Value.A, arguments.Value.B);
                return XdpAction.Tx;
            }
        }
        """;
}
