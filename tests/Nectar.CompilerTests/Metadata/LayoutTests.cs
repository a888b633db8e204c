// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using System.Text.RegularExpressions;
using Nectar.Compiler.Frontends.IL.Metadata;

namespace Nectar.CompilerTests.Metadata;

/// <summary>Sizes and offsets are those of the CLR, which is asked by code that it runs.</summary>
public sealed partial class LayoutTests
{
    private const string Structs = """
        public struct Empty { }
        public struct OneByte { public byte A; }
        public struct Mixed { public byte A; public long B; public short C; public bool D; public char E; public int F; }
        [StructLayout(LayoutKind.Sequential, Pack = 1)] public struct Packed { public byte A; public long B; public short C; }
        [StructLayout(LayoutKind.Sequential, Pack = 2)] public struct PackedTwo { public byte A; public long B; public byte C; }
        [StructLayout(LayoutKind.Sequential, Size = 13)] public struct Sized { public int A; public byte B; }
        [StructLayout(LayoutKind.Sequential, Size = 2)] public struct SizedTooSmall { public int A; public byte B; }
        [StructLayout(LayoutKind.Explicit)] public struct Union { [FieldOffset(0)] public int A; [FieldOffset(0)] public byte B; [FieldOffset(6)] public short C; }
        [StructLayout(LayoutKind.Explicit, Size = 40)] public struct SizedUnion { [FieldOffset(8)] public long A; [FieldOffset(0)] public byte B; }
        [StructLayout(LayoutKind.Explicit)] public struct Odd { [FieldOffset(1)] public long A; [FieldOffset(9)] public byte B; }
        [StructLayout(LayoutKind.Explicit, Pack = 1)] public struct OddPacked { [FieldOffset(1)] public long A; [FieldOffset(9)] public byte B; }
        [InlineArray(5)] public struct Five { public short E; }
        [InlineArray(3)] public struct ThreeMixed { public Mixed E; }
        public unsafe struct Fixed { public byte A; public fixed int B[5]; public byte C; public fixed byte D[7]; }
        public unsafe struct Pointers { public byte A; public int* B; public delegate*<int, void> C; public nint D; public byte E; public nuint F; }
        public enum Small : byte { A, B } public enum Large : ulong { A } public enum Plain { A }
        public struct Enums { public Small A; public Plain B; public Small C; public Large D; }
        public struct Nested { public byte A; public Packed B; public Mixed C; public Five D; public OneByte E; }
        public struct Generic<T> { public byte A; public T B; public byte C; }
        public struct Two<T, U> { public T A; public Generic<U> B; public T C; }
        public struct Uses { public Generic<long> A; public Generic<byte> B; public Two<short, Mixed> C; public Generic<Generic<int>> D; }
        public readonly record struct Recorded(byte A, long B, ushort C);
        public struct Floats { public float A; public double B; public byte C; }
        """;

    [Fact]
    public void Size_and_offsets_of_structs_are_those_of_the_clr()
    {
        string[] types = [.. Declarations().Matches(Structs).Select(m => m.Groups[1].Value).Where(name => !name.Contains('<', StringComparison.Ordinal)), "Generic<int>", "Two<byte, Mixed>", "Two<long, Small>"];
        StringBuilder source = new(Structs);
        source.Append("public static unsafe class Facts { public static string[] All() { var f = new System.Collections.Generic.List<string>();\n");
        foreach (string type in types)
        {
            source.Append(CultureInfo.InvariantCulture, $"f.Add(\"{type} \" + sizeof({type}));\n");
            string name = type.Split('<')[0];
            foreach (Match member in Members().Matches(Regex.Match(Structs, $@"struct {name}\b.*").Value))
            {
                string expression = member.Groups[1].Value;
                bool isFixed = member.Value.Contains("fixed", StringComparison.Ordinal);
                if (name is "Recorded") continue;
                source.Append(CultureInfo.InvariantCulture, $"{{ {type} v = default; f.Add(\"{type}.{expression} \" + ((byte*){(isFixed ? "" : "&")}v.{expression} - (byte*)&v)); }}\n");
            }
        }

        source.Append("return f.ToArray(); } public static void Use(Generic<int> a, Two<byte, Mixed> b, Two<long, Small> c) { } }");
        string path = CSharp.Compile("Layouts", source.ToString());
        AssemblyLoadContext load = new("layouts", isCollectible: true);
        string[] facts = (string[])load.LoadFromAssemblyPath(path).GetType("Facts")!.GetMethod("All")!.Invoke(null, null)!;
        load.Unload();
        AssemblyModel assembly = Assemblies.Open(path);
        TypeModel[] used = [.. assembly.FindType("", "Facts")!.FindMethod("Use")!.Parameters.Select(p => p.Type)];

        Assert.True(facts.Length > 60);
        string[] ours = [.. facts.Select(fact =>
        {
            string what = fact[..fact.LastIndexOf(' ')];
            int dot = what.LastIndexOf('.');
            string type = dot < 0 ? what : what[..dot];
            TypeModel model = used.FirstOrDefault(t => t.DisplayName == type) ?? assembly.FindType("", type)!;
            return string.Create(CultureInfo.InvariantCulture, $"{what} {(dot < 0 ? model.Size : model.FindField(what[(dot + 1)..])!.Offset)}");
        })];
        Assert.Equal(facts, ours);
    }

    [Fact]
    public void Structs_of_the_library_have_the_size_that_the_clr_gives_them()
    {
        AssemblyModel library = Assemblies.Open(typeof(Nectar.Probes.Probe).Assembly.Location);
        MethodInfo sizeOf = typeof(System.Runtime.CompilerServices.Unsafe).GetMethod("SizeOf")!;
        int compared = 0;
        foreach (Type type in typeof(Nectar.Probes.Probe).Assembly.GetTypes())
        {
            if (!type.IsValueType || type.IsGenericTypeDefinition || type.IsByRefLike || type.DeclaringType is not null) continue;
            TypeModel model = library.FindType(type.Namespace ?? "", type.Name)!;
            if (model.HasReferences) continue;
            int size = (int)sizeOf.MakeGenericMethod(type).Invoke(null, null)!;
            Assert.True(size == model.Size, $"{type}: the CLR has {size} bytes, the model {model.Size}");
            compared++;
        }

        Assert.True(compared > 30, $"only {compared} structs were compared");
    }

    [Fact]
    public void Layout_of_a_struct_in_itself_is_refused()
    {
        // not valid C#: made by changing the field's type in the metadata of a valid assembly
        byte[] image = File.ReadAllBytes(CSharp.Compile("Loop", "public struct Aaaa { public Bbbb B; } public struct Bbbb { public int X; }"));
        AssemblyModel before = new MetadataContext(_ => null).Add(AssemblyFile.Read([.. image], null, null));
        System.Reflection.Metadata.MetadataReader reader = before.Reader;
        System.Reflection.Metadata.BlobHandle signature = reader.GetFieldDefinition(before.FindType("", "Aaaa")!.Fields[0].Handle).Signature;
        byte[] blob = reader.GetBlobBytes(signature); // 06 11 token: a field of a value type
        byte own = (byte)((System.Reflection.Metadata.Ecma335.MetadataTokens.GetRowNumber(before.FindType("", "Aaaa")!.Handle) << 2) | 0);
        int at = image.AsSpan().IndexOf((ReadOnlySpan<byte>)[3, .. blob]);
        Assert.True(at > 0);
        image[at + blob.Length] = own;
        AssemblyModel broken = new MetadataContext(_ => null).Add(AssemblyFile.Read(image, null, null));
        CompileException exception = Assert.Throws<CompileException>(() => broken.FindType("", "Aaaa")!.Size);
        Assert.Equal(2102, exception.Diagnostics[0].Code.Number);
    }

    [GeneratedRegex(@"struct (\w+(?:<[\w, ]+>)?)")]
    private static partial Regex Declarations();

    [GeneratedRegex(@"public (?:fixed )?[\w*<>, ]+? (\w+)(?:\[\d+\])?;")]
    private static partial Regex Members();
}
