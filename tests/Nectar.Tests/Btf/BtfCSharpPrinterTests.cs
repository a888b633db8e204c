// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Btf;
using Nectar.Tests.Support;
using Xunit;
using Shapes = Nectar.Tests.Btf.Generated;

namespace Nectar.Tests.Btf;

/// <summary>The generated file is part of this project: that it compiles is the first test, its layout at run time the second.</summary>
public sealed unsafe class BtfCSharpPrinterTests
{
    private static string GoldenPath => Path.Combine(Repository.Root, "tests", "Nectar.Tests", "Btf", "Generated", "Shapes.g.cs");

    [Fact]
    public void Print_Shapes_IsTheCheckedInFile()
    {
        string text = BtfCSharpPrinter.Print(MakeShapes(out uint root), [root], "Nectar.Tests.Btf.Generated");
        if (Environment.GetEnvironmentVariable("NECTAR_UPDATE_GOLDEN") == "1") File.WriteAllText(GoldenPath, text);
        Assert.Equal(File.ReadAllText(GoldenPath).ReplaceLineEndings("\n"), text);
    }

    [Fact]
    public void Print_Shapes_HaveTheSizesAndOffsetsOfBtf()
    {
        BtfTypes types = MakeShapes(out uint root);
        Assert.Equal(types.SizeOf(root), sizeof(Shapes.shape));
        Assert.Equal(12, sizeof(Shapes.point));
        Assert.Equal(3, sizeof(Shapes.odd));
        Shapes.shape shape = default;
        byte* start = (byte*)&shape;
        Assert.Equal([0, 8, 32, 40, 48, 48, 52], (long[])[shape.file - start, (byte*)&shape.points - start, (byte*)&shape.next - start, (byte*)&shape.call - start,
            (byte*)&shape.x - start, (byte*)&shape.y - start, (byte*)&shape.tiny - start]);
        Assert.Equal(24, Unsafe.SizeOf<Shapes.shape_points_array>());
    }

    [Fact]
    public void Print_BitFields_ReadAndWriteTheirBitsOnly()
    {
        Shapes.shape shape = default;
        shape.low = 5;
        shape.high = -3;
        shape.color = Shapes.color.BLUE;
        Assert.Equal((5u, -3, Shapes.color.BLUE), (shape.low, shape.high, shape.color));
        byte* bytes = (byte*)&shape;
        Assert.Equal(5 | (0b11101 << 3), bytes[56]); // three bits, then five of -3 in two's complement
        Assert.Equal((byte)Shapes.color.BLUE, bytes[57]);
        shape.low = 15; // one bit too many is dropped
        Assert.Equal((7u, -3), (shape.low, shape.high));
    }

    private static BtfTypes MakeShapes(out uint root)
    {
        BtfBuilder b = new();
        uint i = b.AddInt("int", 4, BtfIntEncoding.Signed), u = b.AddInt("unsigned int", 4), c = b.AddInt("char", 1, BtfIntEncoding.Signed);
        uint point = b.AddComposite(BtfKind.Struct, "point", 12, [new("x", i, 0, 0), new("y", i, 32, 0), new("point", i, 64, 0)]);
        uint points = b.AddArray(point, u, 2);
        uint color = b.AddEnum("color", 1, signed: false, [new("RED", 0), new("BLUE", 200), new("default", 3)]);
        uint proto = b.AddFuncProto(i, [new("a", i)]);
        uint call = b.AddPointer(proto);
        uint self = b.AddPointer(b.NextId + 6);
        uint name = b.AddArray(c, u, 8);
        uint union = b.AddComposite(BtfKind.Union, "", 4, [new("x", u, 0, 0), new("y", u, 0, 0)]);
        uint odd = b.AddComposite(BtfKind.Struct, "odd", 3, [new("three", b.AddArray(c, u, 3), 0, 0)]);
        uint flexible = b.AddArray(point, u, 0);
        root = b.AddComposite(BtfKind.Struct, "shape", 60,
        [
            new("file", name, 0, 0), new("points", points, 64, 0), new("next", self, 256, 0), new("call", call, 320, 0), new("", union, 384, 0), new("tiny", odd, 416, 0),
            new("low", u, 448, 3), new("high", i, 451, 5), new("color", color, 456, 8), new("tail", flexible, 480, 0),
        ]);
        Assert.Equal(root, self + 6);
        return b.Build();
    }
}
