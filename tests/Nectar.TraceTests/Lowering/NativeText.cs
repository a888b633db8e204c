// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.TraceTests.Lowering;

/// <summary>A text in the memory of this process, for programs that this process runs.</summary>
internal sealed unsafe class NativeText : IDisposable
{
    public NativeText(int length, int zeros = 1)
    {
        Address = (nint)NativeMemory.AllocZeroed((nuint)(length + zeros));
        new Span<byte>((void*)Address, length).Fill((byte)'a');
    }

    public nint Address { get; }

    /// <summary>As scripts name it.</summary>
    public string Pointer => $"uptr({Address})";

    public void Dispose() => NativeMemory.Free((void*)Address);
}

/// <summary>An array of pointers that ends with a null.</summary>
internal sealed unsafe class NativePointers : IDisposable
{
    private readonly nint* _list;

    public NativePointers(IEnumerable<nint> addresses)
    {
        nint[] all = [.. addresses, 0];
        _list = (nint*)NativeMemory.Alloc((nuint)(all.Length * sizeof(nint)));
        all.CopyTo(new Span<nint>(_list, all.Length));
    }

    public string Pointer => $"uptr({(nint)_list})";

    public void Dispose() => NativeMemory.Free(_list);
}
