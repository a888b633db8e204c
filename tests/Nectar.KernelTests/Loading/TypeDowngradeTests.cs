// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Linux.Loading;

namespace Nectar.KernelTests.Loading;

public sealed class TypeDowngradeTests
{
    private const TypeDowngrade.Lacks Everything = (TypeDowngrade.Lacks)(-1);

    [BpfFact]
    public void Apply_ForAKernelThatLacksEverything_KeepsNumbersAndSizes()
    {
        BtfTypes types = Modern();
        BtfEditor editor = new(types, reuseStrings: false);
        TypeDowngrade.Apply(editor, Everything);
        BtfTypes older = BtfTypes.Parse(editor.ToBytes());

        for (uint id = 1; id < types.Count; id++)
        {
            Assert.False(older[id].Kind is BtfKind.Float or BtfKind.TypeTag or BtfKind.DeclTag or BtfKind.Enum64, $"type {id} is still a {older[id].Kind}");
            if (types[id].Kind != BtfKind.DeclTag) Assert.Equal(types.SizeOf(id), older.SizeOf(id));
        }

        // what is written for old kernels is plain enough for every kernel
        using Linux.Syscalls.KernelHandle loaded = BtfObjects.Load(editor.ToBytes(), "older");
        Assert.Equal((uint)editor.ToBytes().Length, BtfObjects.ReadInfo(loaded).Size);
    }

    [BpfFact]
    public void Apply_WithoutLacks_ChangesNothing()
    {
        BtfEditor editor = new(Modern(), reuseStrings: false);
        byte[] before = editor.ToBytes();
        TypeDowngrade.Apply(editor, TypeDowngrade.Lacks.None);
        Assert.Equal(before, editor.ToBytes());
    }

    private static BtfTypes Modern()
    {
        BtfBuilder builder = new();
        uint integer = builder.AddInt("int", 4, BtfIntEncoding.Signed);
        uint number = builder.AddFloat("double", 8);
        uint wide = builder.AddEnum64("wide", 8, false, [new BtfEnumerator("BIG", 1L << 40), new BtfEnumerator("SMALL", 1)]);
        uint pointer = builder.AddPointer(builder.AddTypeTag("kptr", integer));
        builder.AddComposite(BtfKind.Struct, "all", 24, [new BtfMember("d", number, 0, 0), new BtfMember("w", wide, 64, 0), new BtfMember("p", pointer, 128, 0)]);
        uint variable = builder.AddVar("counter", integer, 1);
        builder.AddDeclTag("kept", variable);
        builder.AddDataSection("?data", 4, [new BtfSectionVariable(variable, 0, 4)]);
        builder.AddFunc("subprogram", builder.AddFuncProto(integer, [new BtfParameter("a", integer)]), 1);
        return builder.Build();
    }
}
