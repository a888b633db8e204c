// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;

namespace Nectar.Probes;

/// <summary>The record of a <c>sys_enter_*</c> tracepoint.</summary>
public unsafe struct SyscallEnterRecord
{
#pragma warning disable CS1591 // the kernel's names
    public ulong common;
    public long id;
    public fixed ulong args[6];
#pragma warning restore CS1591
}

/// <summary>The record of a <c>sys_exit_*</c> tracepoint.</summary>
public struct SyscallExitRecord
{
#pragma warning disable CS1591 // the kernel's names
    public ulong common;
    public long id;
    public long ret;
#pragma warning restore CS1591
}

/// <summary>The context of programs on <c>syscalls/sys_enter_*</c>.</summary>
/// <param name="record">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref struct SyscallEnter(SyscallEnterRecord* record)
{
    private readonly SyscallEnterRecord* _record = record;

    /// <summary>The system call's number.</summary>
    public long Number => _record->id;

    /// <summary>An argument of the call: the low bytes of its register.</summary>
    /// <param name="index">0 to 5, a constant.</param>
    public T Argument<T>(int index)
        where T : unmanaged
    {
        ulong value = _record->args[index];
        return Unsafe.As<ulong, T>(ref value);
    }

    /// <summary>An argument of the call that is an address of the process.</summary>
    /// <param name="index">0 to 5, a constant.</param>
    public byte* Pointer(int index) => (byte*)_record->args[index];
}

/// <summary>The context of programs on <c>syscalls/sys_exit_*</c>.</summary>
/// <param name="record">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref struct SyscallExit(SyscallExitRecord* record)
{
    private readonly SyscallExitRecord* _record = record;

    /// <summary>The system call's number.</summary>
    public long Number => _record->id;

    /// <summary>The result, or a negative error number.</summary>
    public long Result => _record->ret;
}

/// <summary>The context of programs on other tracepoints.</summary>
/// <typeparam name="TRecord">The record as the tracepoint's <c>format</c> file lays it out, the 8 common bytes included.</typeparam>
/// <param name="record">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref struct TracepointContext<TRecord>(TRecord* record)
    where TRecord : unmanaged
{
    private readonly TRecord* _record = record;

    /// <summary>What the kernel passes.</summary>
    public TRecord* Pointer => _record;

    /// <summary>The record.</summary>
    public ref readonly TRecord Record => ref *_record;

    /// <summary>A string of the record (<c>__data_loc</c>): where it is, for <see cref="Bpf.ProbeReadKernelStr(Span{byte}, void*)"/>.</summary>
    /// <param name="location">The field's value: the offset in its low half, the length in its high half.</param>
    public byte* Data(uint location) => (byte*)_record + (location & 0xffff);
}

/// <summary>The context of raw tracepoints and of hooks that pass an array of 64-bit values.</summary>
/// <param name="arguments">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref struct RawTracepointContext(ulong* arguments)
{
    private readonly ulong* _arguments = arguments;

    /// <summary>What the kernel passes.</summary>
    public ulong* Arguments => _arguments;

    /// <summary>An argument: the low bytes of its 64.</summary>
    /// <param name="index">From 0, a constant.</param>
    public T Argument<T>(int index)
        where T : unmanaged
    {
        ulong value = _arguments[index];
        return Unsafe.As<ulong, T>(ref value);
    }

    /// <summary>An argument that is an address.</summary>
    /// <param name="index">From 0, a constant.</param>
    public T* Pointer<T>(int index)
        where T : unmanaged => (T*)_arguments[index];
}
