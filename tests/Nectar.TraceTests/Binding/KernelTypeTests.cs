// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Types;

namespace Nectar.TraceTests.Binding;

/// <summary>Types of the running kernel and of the script's C.</summary>
public sealed class KernelTypeTests
{
    [Fact]
    public void AScriptThatNamesNoKernelType_ReadsNone()
    {
        TypeWorld world = new();
        Bind.Good("begin { @[pid, comm] = hist(nsecs); printf(\"%d %s\", (uint16)cpu, str(0)); exit(); }", new BindOptions { Types = world });
        Assert.False(world.IsKernelRead);
    }

    [KernelFact]
    public void Curtask_IsFollowedThroughTheKernelsStructs()
    {
        Assert.Equal("string[16]", Bind.ValueOf("begin { @ = curtask.comm; }"));
        Assert.Equal("int32", Bind.ValueOf("begin { @ = curtask.real_parent.pid; }"));
        Assert.Equal("uint64", Bind.ValueOf("begin { @ = curtask.mm->pgd.pgd; }"));
        Assert.Contains(Bind.Error("begin { @ = curtask.pidd; }").Notes, n => n.Contains("'pid'", StringComparison.Ordinal));
    }

    [KernelFact]
    public void Enumerators_AreFoundByName()
    {
        BoundScript bound = Bind.Good("begin { @ = BPF_MAP_TYPE_RINGBUF; }");
        Assert.Equal("enum bpf_map_type", bound.Maps.Single().ValueType.ToString());
    }

    [Theory]
    [InlineData("struct Foo { int a; char b[8]; struct { long c; }; unsigned d : 3; };", "a", "int32")]
    [InlineData("struct Foo { int a; char b[8]; struct { long c; }; unsigned d : 3; };", "b", "string[9]")] // there need not be a zero in the array
    [InlineData("struct Foo { int a; char b[8]; struct { long c; }; unsigned d : 3; };", "c", "int64")]
    [InlineData("struct Foo { int a; char b[8]; struct { long c; }; unsigned d : 3; };", "d", "uint32")]
    [InlineData("struct Foo { struct Foo *next; int v[4]; };", "next->v[1]", "int32")]
    public void DeclaredStructs_HaveTheirFields(string declaration, string field, string type) => Assert.Equal(type, Bind.ValueOf($"{declaration} kprobe:f {{ @ = ((struct Foo *)arg0)->{field}; }}"));

    [Fact]
    public void DeclaredEnums_AreKnown()
    {
        Assert.Equal("enum color", Bind.ValueOf("enum color { RED, GREEN } begin { @ = GREEN; }"));
        Assert.Equal("Enum: color doesn't contain a variant value of 7", Bind.Error("enum color { RED, GREEN } begin { print((enum color)7); }").Message);
    }

    [Fact]
    public void Pointers_KnowWhoseMemoryTheyAreOf()
    {
        BoundScript bound = Bind.Good("struct Foo { char *p; }; kprobe:f { @k = ((struct Foo *)arg0)->p; } uprobe:/bin/sh:f { @u = ((struct Foo *)arg0)->p; @k2 = kptr(arg0); }");
        Assert.Equal(AddressSpace.Kernel, bound.Maps.Single(m => m.Name == "@k").ValueType.Space);
        Assert.Equal(AddressSpace.User, bound.Maps.Single(m => m.Name == "@u").ValueType.Space);
    }
}
