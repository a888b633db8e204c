// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>The context of netfilter programs: both are kernel structs of which the program declares what it reads.</summary>
/// <typeparam name="TState">The kernel's <c>nf_hook_state</c>.</typeparam>
/// <typeparam name="TPacket">The kernel's <c>sk_buff</c>.</typeparam>
/// <param name="context">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref struct NetfilterContext<TState, TPacket>(void** context)
    where TState : unmanaged
    where TPacket : unmanaged
{
    private readonly void** _context = context;

    /// <summary>Hook, interfaces, namespace.</summary>
    public TState* State => (TState*)_context[0];

    /// <summary>The packet.</summary>
    public TPacket* Packet => (TPacket*)_context[1];
}

/// <summary>The context of iterators: a kernel struct of which the program declares what it reads (<c>bpf_iter__task</c> and so on).</summary>
/// <typeparam name="T">The struct: <c>meta</c> first, then the object, which is null at the end.</typeparam>
/// <param name="context">What the kernel passes.</param>
[ProgramContext]
public readonly unsafe ref struct IteratorContext<T>(T* context)
    where T : unmanaged
{
    private readonly T* _context = context;

    /// <summary>What the kernel passes.</summary>
    public T* Pointer => _context;
}
