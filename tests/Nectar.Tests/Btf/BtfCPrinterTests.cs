// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Btf;

public sealed class BtfCPrinterTests
{
    [Fact]
    public void Print_DeclaratorsOfEveryShape_ReadAsC()
    {
        BtfBuilder builder = new();
        uint u32 = builder.AddInt("unsigned int", 4);
        uint u8 = builder.AddInt("unsigned char", 1);
        uint node = builder.NextId;
        // struct node is number node, its members refer to what follows
        uint self = node + 1, array = node + 2, toArray = node + 3, proto = node + 4, toProto = node + 5, constant = node + 6, toConst = node + 7, constPtr = node + 8, flags = node + 9;
        builder.AddComposite(BtfKind.Struct, "node", 72,
        [
            new("next", self, 0, 0), new("rows", toArray, 64, 0), new("call", toProto, 128, 0), new("name", toConst, 192, 0),
            new("fixed", constPtr, 256, 0), new("a", u32, 320, 3), new("b", u32, 323, 5), new("flags", flags, 352, 0), new("late", u8, 448, 0),
        ]);
        builder.AddPointer(node);
        builder.AddArray(u32, u32, 4);
        builder.AddPointer(array);
        builder.AddFuncProto(u32, [new("n", self), new("", 0)]);
        builder.AddPointer(proto);
        builder.AddModifier(BtfKind.Const, u8);
        builder.AddPointer(constant);
        builder.AddModifier(BtfKind.Const, self);
        builder.AddEnum("", 4, signed: true, [new("OFF", 0), new("ON", -1)]);

        string text = Print(builder.Build(), node);

        Assert.Equal("""
            struct node {
            	struct node *next;
            	unsigned int (*rows)[4];
            	unsigned int (*call)(struct node *n, ...);
            	const unsigned char *name;
            	struct node *const fixed;
            	unsigned int a: 3;
            	unsigned int b: 5;
            	enum {
            		OFF = 0,
            		ON = -1,
            	} flags;
            	long: 64;
            	unsigned char late;
            	long: 56;
            	long: 64;
            };


            """.ReplaceLineEndings("\n"), text);
    }

    [Fact]
    public void Print_StructInItself_IsADiagnostic()
    {
        BtfBuilder builder = new();
        uint evil = builder.NextId;
        builder.AddComposite(BtfKind.Struct, "evil", 8, [new("again", evil, 0, 0)]);
        ObjectFormatException problem = Assert.Throws<ObjectFormatException>(() => Print(builder.Build(), evil));
        Assert.Equal(BtfCodes.Cycle, problem.Diagnostics[0].Code);
    }

    [KernelBtfFact("clang-19")]
    public void PrintAll_RunningKernel_CompilesToTheSameLayout()
    {
        BtfTypes types = BtfTypes.Parse(File.ReadAllBytes(KernelBtfFact.Path));
        string file = Path.Combine(Repository.Root, "artifacts", "fixtures", "running-kernel.c");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using (FileStream stream = File.Create(file)) BtfCPrinter.PrintAll(types, stream);

        Compile("bpf", file);

        // Every struct whose name occurs once must have its size, and its members their places.
        StringBuilder checks = new();
        Dictionary<string, int> names = [];
        for (uint id = 1; id < types.Count; id++)
        {
            if (types[id].IsComposite || types[id].IsEnum) names[types[id].Name] = names.GetValueOrDefault(types[id].Name) + 1;
        }

        int asserted = 0;
        for (uint id = 1; id < types.Count; id++)
        {
            BtfType type = types[id];
            if (!type.IsComposite || type.NameOffset == 0 || names[type.Name] > 1) continue;
            string tag = $"{(type.Kind == BtfKind.Struct ? "struct" : "union")} {type.Name}";
            checks.Append($"_Static_assert(sizeof({tag}) == {type.Size}, \"{type.Name}\");\n");
            asserted++;
            for (int i = 0; i < type.Count; i++)
            {
                BtfMember member = type.Member(i);
                if (member.Name.Length > 0 && member.BitFieldSize == 0)
                    checks.Append($"_Static_assert(__builtin_offsetof({tag}, {member.Name}) == {member.BitOffset / 8}, \"{type.Name}.{member.Name}\");\n");
            }
        }

        Assert.True(asserted > 5000, $"only {asserted} structs were checked");
        File.AppendAllText(file, checks.ToString());
        Compile("x86_64-linux-gnu", file); // va_list has the kernel's size only on the kernel's own architecture
    }

    private static void Compile(string target, string file)
    {
        (int code, string output, string errors) = TestEnvironment.Run("/usr/bin/clang-19", "-target", target, "-fsyntax-only", "-ferror-limit=5", "-Wno-unknown-attributes", file);
        Assert.True(code == 0 && errors.Length == 0, output + errors);
    }

    private static string Print(BtfTypes types, uint id)
    {
        MemoryStream stream = new();
        new BtfCPrinter(types, stream).Print(id);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
