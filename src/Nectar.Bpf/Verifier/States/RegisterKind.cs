// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.States;

/// <summary>What a register holds. Everything behind <see cref="Scalar"/> is an address.</summary>
internal enum RegisterKind : byte
{
    /// <summary>Nothing was written to it on this path.</summary>
    NotInit,

    /// <summary>A number.</summary>
    Scalar,

    /// <summary>The program's context.</summary>
    Context,

    /// <summary>A map itself.</summary>
    ConstMap,

    /// <summary>Inside the value of a map's element.</summary>
    MapValue,

    /// <summary>A map's key, in callbacks.</summary>
    MapKey,

    /// <summary>Inside a frame of the stack.</summary>
    Stack,

    /// <summary>The metadata in front of the packet.</summary>
    PacketMeta,

    /// <summary>Inside the packet.</summary>
    Packet,

    /// <summary>Behind the packet's last byte.</summary>
    PacketEnd,

    /// <summary>The keys that a flow dissector fills.</summary>
    FlowKeys,

    /// <summary>A full socket.</summary>
    Socket,

    /// <summary>The part that all sockets have in common.</summary>
    SocketCommon,

    /// <summary>A TCP socket.</summary>
    TcpSocket,

    /// <summary>An AF_XDP socket.</summary>
    XdpSocket,

    /// <summary>The record of a raw tracepoint that may be written.</summary>
    TracepointBuffer,

    /// <summary>An object that BTF describes: the kernel's own, or one that the program allocated.</summary>
    BtfObject,

    /// <summary>Memory of a known size.</summary>
    Memory,

    /// <summary>A buffer whose size is known to whoever made it (iterators).</summary>
    Buffer,

    /// <summary>Memory that program and process share.</summary>
    Arena,

    /// <summary>A function of the program.</summary>
    Function,

    /// <summary>A dynptr that somebody else owns, in callbacks and global functions.</summary>
    Dynptr,
}

/// <summary>What is known about an address beside its kind.</summary>
[Flags]
internal enum PointerFlags : ushort
{
    None = 0,

    /// <summary>It may be null until the program has tested it.</summary>
    MaybeNull = 1,

    /// <summary>Only loads are allowed.</summary>
    ReadOnly = 2,

    /// <summary>A ring buffer's record.</summary>
    RingBuffer = 4,

    /// <summary>User space memory: loads need a helper.</summary>
    User = 8,

    /// <summary>A variable of each processor.</summary>
    PerCpu = 16,

    /// <summary>May be stale: loads are checked when they happen, and no helper takes it.</summary>
    Untrusted = 32,

    /// <summary>Valid and not null for certain.</summary>
    Trusted = 64,

    /// <summary>Valid while the RCU section lasts.</summary>
    Rcu = 128,

    /// <summary>Allocated by the program.</summary>
    Allocated = 256,

    /// <summary>Borrowed from a list or tree: valid while the lock is held.</summary>
    NonOwning = 512,

    /// <summary>A slice of a packet behind a dynptr: gone when the packet changes.</summary>
    PacketSlice = 1024,
}
