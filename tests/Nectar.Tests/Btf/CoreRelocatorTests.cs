// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Btf;

public sealed class CoreRelocatorTests
{
    private const byte Mov = 0xb7, LoadWord = 0x61, LoadDouble = 0x79, Call = 0x85;
    private const BtfKind S = BtfKind.Struct;

    [Fact]
    public void Apply_MovedIntoAnonymousMemberOfFlavour_FindsItsOffset()
    {
        BtfTypes local = Struct("probe___v2", 8, b => [new("a", Int(b), 0, 0), new("b", Int(b), 32, 0)]);
        BtfTypes target = Struct("probe", 32, b =>
        {
            uint word = Int(b);
            uint inner = b.AddComposite(BtfKind.Union, "", 8, [new("x", word, 0, 0), new("b", word, 0, 0)]);
            return [new("head", word, 0, 0), new("", inner, 128, 0), new("a", word, 192, 0)];
        });

        (CoreRelocationResult result, Instruction[] code) = Apply(local, [target], CoreRelocationKind.FieldByteOffset, "0:1", new(LoadWord, 1, 2, 4, 0));

        Assert.Null(result.Problem);
        Assert.Equal((4ul, 16ul), (result.OldValue, result.NewValue));
        Assert.Equal("struct probe___v2.b (0:1 @ 4)", result.Access);
        Assert.Equal("struct probe.b (0:1:1 @ 16)", result.Target);
        Assert.Equal(new Instruction(LoadWord, 1, 2, 16, 0), code[0]);
    }

    [Theory]
    [InlineData(false, false, LoadDouble, null)]
    [InlineData(true, false, Call, 1115)]
    [InlineData(false, true, Call, 1115)]
    public void Apply_IntegerOfOtherSize_IsReadWiderUnlessSigned(bool localSigned, bool targetSigned, byte opcode, int? problem)
    {
        BtfTypes local = Struct("s", 4, b => [new("v", Int(b, 4, localSigned), 0, 0)]);
        BtfTypes target = Struct("s", 16, b => [new("v", Int(b, 8, targetSigned), 64, 0)]);

        (CoreRelocationResult result, Instruction[] code) = Apply(local, [target], CoreRelocationKind.FieldByteOffset, "0:0", new(LoadWord, 1, 2, 0, 0));

        Assert.Equal(opcode, code[0].Opcode);
        Assert.Equal(problem, result.Problem?.Code.Number);
        Assert.Equal(problem is not null, result.IsPoisoned);
        Assert.False(result.IsError);
    }

    [Fact]
    public void Apply_BitFieldAtAnotherPlace_GivesLoadAndShifts()
    {
        BtfTypes local = Struct("s", 4, b => [new("f", Int(b), 0, 3)]);
        BtfTypes target = Struct("s", 16, b => [new("f", Int(b, 4, signed: true), 62, 5)]); // across two words: needs a load of 8 bytes, which reaches no further than bit 64
        BtfTypes inside = Struct("s", 16, b => [new("f", Int(b, 4, signed: true), 70, 5)]);

        Assert.Equal(8ul, Value(CoreRelocationKind.FieldByteOffset));
        Assert.Equal(4ul, Value(CoreRelocationKind.FieldByteSize));
        Assert.Equal(1ul, Value(CoreRelocationKind.FieldSigned));
        Assert.Equal(64ul - 11, Value(CoreRelocationKind.FieldLeftShift));
        Assert.Equal(59ul, Value(CoreRelocationKind.FieldRightShift));
        Assert.Equal(BtfCodes.CoreRecord, Apply(local, [target], CoreRelocationKind.FieldByteSize, "0:0", new(Mov, 1, 0, 0, 4)).Result.Problem?.Code);

        ulong Value(CoreRelocationKind kind) =>
            Apply(local, [inside], kind, "0:0", new(Mov, 1, 0, 0, kind == CoreRelocationKind.FieldRightShift ? 61 : 0)).Result.NewValue;
    }

    [Fact]
    public void Apply_Missing_IsPoisonedUnlessAskedForExistence()
    {
        BtfTypes local = Struct("s", 8, b => [new("a", Int(b), 0, 0), new("gone", Int(b), 32, 0)]);
        BtfTypes target = Struct("s", 4, b => [new("a", Int(b), 0, 0)]);

        (CoreRelocationResult result, Instruction[] code) = Apply(local, [target], CoreRelocationKind.FieldByteOffset, "0:1", new(LoadWord, 1, 2, 4, 0));
        Assert.True(result.IsPoisoned && !result.IsError);
        Assert.Equal(BtfCodes.CoreNotFound, result.Problem!.Code);
        Assert.Equal(new Instruction(Call, 0, 0, 0, 0xbad2310), code[0]);

        (result, code) = Apply(local, [target], CoreRelocationKind.FieldExists, "0:1", new(Mov, 1, 0, 0, 1));
        Assert.Null(result.Problem);
        Assert.Equal(0, code[0].Immediate);
        Assert.Equal(0ul, Apply(local, [Empty()], CoreRelocationKind.TypeSize, "0", new(Mov, 1, 0, 0, 8)).Result.NewValue);
        Assert.Equal(4ul, Apply(local, [target], CoreRelocationKind.TypeSize, "0", new(Mov, 1, 0, 0, 8)).Result.NewValue);
        Assert.Equal(0ul, Apply(local, [target], CoreRelocationKind.TypeMatches, "0", new(Mov, 1, 0, 0, 1)).Result.NewValue);
        Assert.Equal(1ul, Apply(target, [local], CoreRelocationKind.TypeMatches, "0", new(Mov, 1, 0, 0, 1), root: 2).Result.NewValue);
    }

    [Fact]
    public void Apply_CandidatesThatDisagree_IsAnError()
    {
        BtfTypes local = Struct("s", 4, b => [new("a", Int(b), 0, 0)]);
        BtfBuilder builder = new();
        uint word = Int(builder);
        builder.AddComposite(S, "s", 8, [new("a", word, 0, 0)]);
        builder.AddComposite(S, "s___other", 8, [new("a", word, 32, 0)]);

        CoreRelocationResult result = Apply(local, [builder.Build()], CoreRelocationKind.FieldByteOffset, "0:0", new(LoadWord, 1, 2, 0, 0)).Result;

        Assert.True(result.IsError);
        Assert.Equal(BtfCodes.CoreAmbiguous, result.Problem!.Code);
        Assert.Contains("struct s___other.a (0:0 @ 4)", result.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_ModuleTypes_CountOnlyWhereTheKernelHasNone()
    {
        BtfTypes local = Struct("s", 4, b => [new("a", Int(b), 0, 0)]);
        BtfTypes kernel = Struct("s", 4, b => [new("a", Int(b), 0, 0)]), other = Struct("t", 4, b => [new("a", Int(b), 0, 0)]);

        Assert.Equal(0ul, Offset(kernel));
        Assert.Equal(8ul, Offset(other));

        ulong Offset(BtfTypes root)
        {
            BtfBuilder module = new(root);
            module.AddComposite(S, "s", 16, [new("a", 1, 64, 0)]);
            return Apply(local, [root, module.Build()], CoreRelocationKind.FieldByteOffset, "0:0", new(LoadWord, 1, 2, 0, 0)).Result.NewValue;
        }
    }

    [Theory]
    [InlineData("0:0:5", 20ul, 5)]
    [InlineData("0:1:2", 40ul, 4)]
    public void Apply_Arrays_KeepIndexWithinBoundsButNotOfFlexibleOnes(string access, ulong expected, int localOffsetWords)
    {
        BtfTypes local = Struct("s", 32, b => [new("fixed", b.AddArray(Int(b), 1, 8), 0, 0), new("tail", b.AddArray(1, 1, 0), 64, 0)]);
        BtfTypes target = Struct("s", 32, b => [new("fixed", b.AddArray(Int(b), 1, 6), 0, 0), new("tail", b.AddArray(1, 1, 0), 256, 0)]);

        CoreRelocationResult result = Apply(local, [target], CoreRelocationKind.FieldByteOffset, access, new(Mov, 1, 0, 0, localOffsetWords * 4)).Result;
        Assert.Equal(expected, result.NewValue);

        Assert.Equal(BtfCodes.CoreNotFound, Apply(local, [target], CoreRelocationKind.FieldByteOffset, "0:0:7", new(Mov, 1, 0, 0, 28)).Result.Problem?.Code);
        Assert.Equal(BtfCodes.CoreRecord, Apply(local, [target], CoreRelocationKind.FieldByteOffset, "0:0:8", new(Mov, 1, 0, 0, 32)).Result.Problem?.Code);
    }

    [Fact]
    public void Apply_Enumerators_TakeTheTargetsValueAlsoOf64Bits()
    {
        BtfTypes local = Types(b => b.AddEnum("e", 4, false, [new("A", 1), new("B___x", 2), new("C", 3)]));
        BtfTypes target = Types(b => b.AddEnum64("e", 8, false, [new("B", 0x1_2345_6789), new("A", 9)]));
        Instruction[] wide = [new(0x18, 1, 0, 0, 2), new(0, 0, 0, 0, 0)];

        (CoreRelocationResult result, Instruction[] code) = ApplyCode(local, [target], CoreRelocationKind.EnumValue, "1", wide);
        Assert.Equal(0x1_2345_6789ul, result.NewValue);
        Assert.Equal(result.NewValue, Instruction.WideImmediate(code[0], code[1]));
        Assert.Equal("enum e::B = 4886718345", result.Target);
        (result, code) = ApplyCode(local, [target], CoreRelocationKind.EnumValue, "2", [new(0x18, 1, 0, 0, 3), new(0, 0, 0, 0, 0)]);
        Assert.True(result.IsPoisoned && code[0].Opcode == Call && code[1].Opcode == Call);
    }

    [Fact]
    public void Apply_OddInput_NeverThrows()
    {
        BtfTypes local = Struct("s", 4, b => [new("a", Int(b), 0, 0)]);
        foreach (string access in new[] { "", ":", "0:", "-1", "0:0:0", "0:9", "9999999999", "0:x", string.Join(':', Enumerable.Repeat("0", 80)) })
        {
            foreach (int kind in Enumerable.Range(-1, 16))
            {
                foreach (uint type in new uint[] { 0, 1, 2, 99, uint.MaxValue })
                {
                    LinkedProgram program = Program([new(Mov, 1, 0, 0, 7)], new CoreRelocation(kind % 2 * 3, type, access, kind));
                    CoreRelocationResult result = Assert.Single(CoreRelocator.Apply(program, local, [local, Empty()]));
                    Assert.True(result.IsError);
                }
            }
        }
    }

    [KernelBtfFact]
    public void Apply_ManyRelocationsOfTheKernel_AreFast()
    {
        BtfTypes kernel = BtfTypes.Parse(File.ReadAllBytes(KernelBtfFact.Path));
        BtfTypes local = Struct("task_struct", 8, b => [new("pid", Int(b, 4, signed: true), 32, 0)]);
        CoreRelocation[] relocations = [.. Enumerable.Range(0, 60).Select(i => new CoreRelocation(i, 2, "0:0", (int)CoreRelocationKind.FieldByteOffset))];
        CoreRelocationResult[] results = CoreRelocator.Apply(Program([.. Enumerable.Repeat(new Instruction(LoadWord, 1, 2, 4, 0), 60)], relocations), local, [kernel]);
        Assert.All(results, result => Assert.Null(result.Problem));
        Assert.Equal(results[0].NewValue, results[59].NewValue);
        Assert.True(results[0].NewValue > 4);
    }

    private static uint Int(BtfBuilder builder, int size = 4, bool signed = false) =>
        builder.AddInt(size == 4 ? "int" : "long", size, signed ? BtfIntEncoding.Signed : BtfIntEncoding.None);

    private static BtfTypes Types(Action<BtfBuilder> add)
    {
        BtfBuilder builder = new();
        add(builder);
        return builder.Build();
    }

    private static BtfTypes Empty() => Types(builder => Int(builder));

    private static BtfTypes Struct(string name, uint size, Func<BtfBuilder, BtfMember[]> members) => Types(builder => builder.AddComposite(S, name, size, members(builder)));

    private static (CoreRelocationResult Result, Instruction[] Code) Apply(BtfTypes local, BtfTypes[] targets, CoreRelocationKind kind, string access, Instruction instruction, uint root = 0) =>
        ApplyCode(local, targets, kind, access, [instruction], root);

    private static (CoreRelocationResult Result, Instruction[] Code) ApplyCode(BtfTypes local, BtfTypes[] targets, CoreRelocationKind kind, string access, Instruction[] code, uint root = 0)
    {
        LinkedProgram program = Program(code, new CoreRelocation(0, root != 0 ? root : (uint)local.Count - 1, access, (int)kind));
        return (Assert.Single(CoreRelocator.Apply(program, local, targets)), program.Instructions);
    }

    private static LinkedProgram Program(Instruction[] code, params CoreRelocation[] relocations) => new()
    {
        Definition = null!, // the relocator looks at code and relocations only
        Instructions = code,
        Functions = [],
        Lines = [],
        Externs = [],
        CoreRelocations = relocations,
    };
}
