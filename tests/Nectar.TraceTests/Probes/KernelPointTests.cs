// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace.Language.Types;
using Nectar.Trace.Probes;

namespace Nectar.TraceTests.Probes;

/// <summary>Attach points that this machine's kernel and files answer.</summary>
public sealed class KernelPointTests
{
    [KernelFact]
    public void Resolve_TracepointPattern_IsAllThatFit()
    {
        string names = Points.Names("t:raw_syscalls:sys_*");
        Assert.Equal("tracepoint:raw_syscalls:sys_enter tracepoint:raw_syscalls:sys_exit", names);
        Assert.Equal("No matches for tracepoint syscalls:nonsense.", Points.Names("tracepoint:syscalls:nonsense"));
    }

    [KernelFact]
    public void Resolve_RawTracepoint_KnowsArguments()
    {
        Assert.Equal("rawtracepoint:vmlinux:sys_enter", Points.Names("rt:sys_enter"));
        StructType arguments = AttachPoints.Resolve(Points.Make("rt:sys_enter"), new AttachOptions(), new DiagnosticBag())[0].Arguments!()!;
        Assert.Equal(["regs", "id"], arguments.Fields.Select(field => field.Name));
        Assert.Equal(1, arguments.Fields[1].Argument);
        Assert.True(arguments.Fields[1].Type.IsSigned);
    }

    [KernelFact]
    public void Arguments_OfSystemCall_AreUserPointers()
    {
        StructType arguments = AttachPoints.Resolve(Points.Make("t:syscalls:sys_enter_openat"), new AttachOptions(), new DiagnosticBag())[0].Arguments!()!;
        StructField name = arguments.Find("filename")![0];
        Assert.Equal((24, TypeKind.Pointer, AddressSpace.User), (name.Offset, name.Type.Kind, name.Type.Space));
        Assert.Equal(TraceType.Int8, name.Type.Element);
        StructField location = AttachPoints.Resolve(Points.Make("t:sched:sched_process_exec"), new AttachOptions(), new DiagnosticBag())[0].Arguments!()!.Find("filename")![0];
        Assert.True(location.IsDataLocation);
    }

    [KernelFact]
    public void Resolve_Library_IsFoundByName()
    {
        string name = Points.Names("uprobe:libc:malloc");
        Assert.StartsWith("uprobe:/", name, StringComparison.Ordinal);
        Assert.EndsWith("/libc.so.6:malloc", name, StringComparison.Ordinal);
    }
}
