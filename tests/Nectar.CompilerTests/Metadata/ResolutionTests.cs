// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Ir;

namespace Nectar.CompilerTests.Metadata;

/// <summary>Tokens of IL find the right members, with generic arguments in place, and places in the source.</summary>
public sealed class ResolutionTests
{
    private const string Source = """
        public interface IOp { static abstract int Apply(int a); int Get(); }
        public struct Holder<T> where T : unmanaged
        {
            public T Value; public static int Count;
            public Holder(T value) { Value = value; }
            public readonly T Get() => Value;
            public readonly U Convert<U>(T a, U b) => b;
            public static implicit operator T(Holder<T> h) => h.Value;
            public static implicit operator Holder<T>(T v) => new(v);
            public struct Inner { public T Deep; public readonly T Get() => Deep; }
        }
        public static unsafe class Uses
        {
            public static int Over(int a) => a; public static long Over(long a) => a; public static int Over(ref int a) => a; public static int Over<T>(T a) => 1;
            public static long Calls(int x)
            {
                var h = new Holder<long>(x);
                Holder<ushort> s = (ushort)5;
                ushort back = s;
                var inner = new Holder<byte>.Inner { Deep = 3 };
                Holder<int>.Count++;
                return h.Get() + h.Convert<int>(1, 2) + back + inner.Get() + Over(x) + Over(1L) + Over(ref x) + Over("text"u8.Length) + Over<byte>(1) + (long)Math.Sqrt(4);
            }
            public static string Text() => "hello";
        }
        """;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Calls_find_methods_with_arguments_in_place(bool optimize)
    {
        AssemblyModel assembly = Assemblies.Compile("Resolving", Source, new CSharpOptions(optimize));
        MethodModel method = assembly.FindType("", "Uses")!.FindMethod("Calls")!;
        List<string> calls = [];
        foreach ((ILOpCode op, int token) in Tokens(method))
        {
            if (op is not (ILOpCode.Call or ILOpCode.Newobj)) continue;
            MethodReference reference = method.ResolveMethod(token);
            calls.Add(reference.Method is { } found ? $"{found}({string.Join(", ", found.Parameters.Select(p => p.Type.DisplayName))}) {found.ReturnType.DisplayName}" : $"none: {reference}");
        }

        Assert.Contains("Holder<long>..ctor(long) void", calls);
        Assert.Contains("Holder<long>.Get() long", calls);
        Assert.Contains("Holder<long>.Convert<int>(long, int) int", calls);
        Assert.Contains("Holder<ushort>.op_Implicit(ushort) Holder<ushort>", calls);
        Assert.Contains("Holder<ushort>.op_Implicit(Holder<ushort>) ushort", calls);
        Assert.Contains("Holder<byte>.Inner.Get() byte", calls);
        Assert.Contains("Uses.Over(int) int", calls);
        Assert.Contains("Uses.Over(long) long", calls);
        Assert.Contains("Uses.Over(ref int) int", calls);
        Assert.Contains("Uses.Over<byte>(byte) int", calls);
        Assert.Contains("none: Math.Sqrt(double)", calls);
    }

    [Fact]
    public void Fields_of_generic_types_have_their_argument_as_type()
    {
        AssemblyModel assembly = Assemblies.Compile("Resolving", Source);
        MethodModel method = assembly.FindType("", "Uses")!.FindMethod("Calls")!;
        FieldModel[] fields = [.. Tokens(method).Where(t => t.Op is ILOpCode.Stfld or ILOpCode.Ldsfld).Select(t => method.ResolveField(t.Token))];
        Assert.Contains(fields, f => f.ToString() == "Holder<byte>.Inner.Deep" && f.Type.DisplayName == "byte" && f.DeclaringType.Size == 1);
        Assert.Contains(fields, f => f.ToString() == "Holder<int>.Count" && f.IsStatic);
        Assert.Same(fields[0].DeclaringType, fields[0].DeclaringType.DeclaringType is null ? fields[0].DeclaringType : method.ResolveField(Tokens(method).First(t => t.Op == ILOpCode.Stfld).Token).DeclaringType);
    }

    [Fact]
    public void Types_of_the_framework_become_those_of_the_library()
    {
        AssemblyModel assembly = Assemblies.Compile("Substitutes", """
            public static class S { public static int A(Span<byte> s, int? n, (int, long) t, DateTime d) => s.Length; }
            """);
        TypeModel[] types = [.. assembly.FindType("", "S")!.FindMethod("A")!.Parameters.Select(p => p.Type)];
        Assert.Equal(TypeShape.External, types[3].Shape);
        Assert.Equal("System.DateTime", types[3].FrameworkName);
        AssemblyModel library = assembly.Context.Library!;
        if (library.FindType("Nectar.Probes.Bcl", "Span`1") is not null)
        {
            Assert.Equal("Nectar.Probes.Bcl.Span`1", types[0].FullName);
            Assert.Equal("System.Span`1", types[0].FrameworkName);
            Assert.Equal(16, types[0].Size);
        }
    }

    [Fact]
    public void Locations_have_line_column_and_text()
    {
        string path = CSharp.Compile("Places", """
            public static class P
            {
                public static int Twice(int x)
                {
                    int doubled = x * 2;
                    if (doubled > 10)
                        return -1;
                    return doubled;
                }
            }
            """, new CSharpOptions(Optimize: false));
        MethodModel method = Assemblies.Open(path).FindType("", "P")!.FindMethod("Twice")!;
        SourceLocation[] places = [.. method.SequencePoints.Where(p => !p.IsHidden).Select(p => p.ToLocation(method, null))];
        Assert.Contains(places, p => (p.Line, p.Column, p.Text.Trim()) == (5, 9, "int doubled = x * 2;"));
        Assert.Contains(places, p => (p.Line, p.Column) == (7, 13));
        Assert.EndsWith("Places.cs", places[0].File);
        Assert.Equal("doubled", method.Body.Locals[0].Name);
        Assert.Equal(5, method.LocationAt(2)!.Line);
    }

    [Fact]
    public void Damaged_assemblies_are_refused_or_read_but_never_crash()
    {
        byte[] image = File.ReadAllBytes(CSharp.Compile("Resolving", Source));
        Random random = new(5);
        int refused = 0;
        for (int round = 0; round < 300; round++)
        {
            byte[] damaged = [.. image];
            for (int i = 0; i < 8; i++) damaged[random.Next(128, damaged.Length)] = (byte)random.Next(256);
            try
            {
                AssemblyModel assembly = new MetadataContext(_ => null).Add(Nectar.Compiler.Frontends.IL.Metadata.AssemblyFile.Read(damaged, null, null));
                foreach (TypeModel type in assembly.Types)
                {
                    _ = type.IsOpen ? 0 : type.Size;
                    foreach (MethodModel method in type.Methods.Where(m => m.HasBody))
                    {
                        _ = method.Body.Locals.Length;
                        foreach ((ILOpCode op, int token) in Tokens(method))
                        {
                            if (op is ILOpCode.Call or ILOpCode.Newobj) _ = method.ResolveMethod(token).ToString();
                        }
                    }
                }
            }
            catch (Exception exception) when (exception is CompileException || Nectar.Compiler.Frontends.IL.Metadata.AssemblyFile.IsDamage(exception))
            {
                refused++;
            }
        }

        Assert.True(refused is > 10 and < 300, $"{refused} of 300 were refused");
    }

    /// <summary>The instructions of a body that have a token.</summary>
    private static IEnumerable<(ILOpCode Op, int Token)> Tokens(MethodModel method)
    {
        byte[] code = method.Body.Code.ToArray();
        for (int at = 0; at < code.Length;)
        {
            ILOpCode op = (ILOpCode)code[at++];
            if ((int)op == 0xfe && at < code.Length) op = (ILOpCode)(0xfe00 | code[at++]);
            int size = OperandSize(op, code, at);
            if (size == 4 && at + 4 <= code.Length && op is ILOpCode.Call or ILOpCode.Callvirt or ILOpCode.Newobj or ILOpCode.Ldfld or ILOpCode.Stfld or ILOpCode.Ldsfld or ILOpCode.Ldflda or ILOpCode.Stsfld)
                yield return (op, BitConverter.ToInt32(code, at));
            at += size;
        }
    }

    private static int OperandSize(ILOpCode op, byte[] code, int at) => op switch
    {
        ILOpCode.Ldarg_s or ILOpCode.Ldarga_s or ILOpCode.Starg_s or ILOpCode.Ldloc_s or ILOpCode.Ldloca_s or ILOpCode.Stloc_s or ILOpCode.Ldc_i4_s or ILOpCode.Unaligned or ILOpCode.Leave_s => 1,
        >= ILOpCode.Br_s and <= ILOpCode.Blt_un_s => 1,
        >= ILOpCode.Br and <= ILOpCode.Blt_un => 4,
        ILOpCode.Ldarg or ILOpCode.Ldarga or ILOpCode.Starg or ILOpCode.Ldloc or ILOpCode.Ldloca or ILOpCode.Stloc => 2,
        ILOpCode.Ldc_i8 or ILOpCode.Ldc_r8 => 8,
        ILOpCode.Switch => at + 4 <= code.Length ? 4 + (int)Math.Min(100_000, 4 * (uint)BitConverter.ToInt32(code, at)) : 4,
        ILOpCode.Ldc_i4 or ILOpCode.Ldc_r4 or ILOpCode.Leave or ILOpCode.Jmp or ILOpCode.Call or ILOpCode.Calli or ILOpCode.Callvirt or ILOpCode.Cpobj or ILOpCode.Ldobj or ILOpCode.Ldstr or ILOpCode.Newobj
            or ILOpCode.Castclass or ILOpCode.Isinst or ILOpCode.Unbox or ILOpCode.Ldfld or ILOpCode.Ldflda or ILOpCode.Stfld or ILOpCode.Ldsfld or ILOpCode.Ldsflda or ILOpCode.Stsfld or ILOpCode.Stobj
            or ILOpCode.Box or ILOpCode.Newarr or ILOpCode.Ldelema or ILOpCode.Ldelem or ILOpCode.Stelem or ILOpCode.Unbox_any or ILOpCode.Refanyval or ILOpCode.Mkrefany or ILOpCode.Ldtoken
            or ILOpCode.Ldftn or ILOpCode.Ldvirtftn or ILOpCode.Initobj or ILOpCode.Constrained or ILOpCode.Sizeof => 4,
        _ => 0,
    };
}
