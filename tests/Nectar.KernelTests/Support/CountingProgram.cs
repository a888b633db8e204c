// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Asm;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;

namespace Nectar.KernelTests.Support;

/// <summary>A program that counts its runs in a map, does what the test wants, and returns a verdict.</summary>
internal sealed class CountingProgram : IDisposable
{
    private readonly KernelMap _counter;

    /// <param name="type">The type.</param>
    /// <param name="verdict">What it returns; null where <paramref name="body"/> does.</param>
    /// <param name="attach">Where it will be attached.</param>
    /// <param name="body">Further instructions; the context is in r6.</param>
    /// <param name="name">The name.</param>
    /// <param name="flags">Load flags.</param>
    public CountingProgram(ProgramType type, int? verdict, AttachType? attach = null, string body = "", string name = "counting", uint flags = 0)
    {
        _counter = KernelMap.Create(new MapDefinition { Name = "count", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 });
        Program = KernelProgram.Load(new ProgramLoad
        {
            Name = name,
            Type = type,
            ExpectedAttachType = attach,
            Flags = flags,
            Instructions = Assembler.AssembleInstructions($"""
                r6 = r1
                {AssemblyText.FindSlot($"map[fd:{_counter.Handle.Fd}]", 0, "rest")}
                r1 = 1
                lock *(u64 *)(r0 + 0) += r1
                rest:
                {body}
                {(verdict is null ? "" : $"r0 = {verdict}\nexit")}
                """),
        });
        Id = Program.GetInfo().Id;
    }

    public KernelProgram Program { get; }

    public uint Id { get; }

    /// <summary>How often it ran.</summary>
    public ulong Count
    {
        get
        {
            ulong value = 0;
            Assert.Equal(Errno.None, _counter.Lookup(new byte[4], MemoryMarshal.AsBytes(new Span<ulong>(ref value))));
            return value;
        }
    }

    /// <summary>True once it ran more often than <paramref name="before"/>; packets take a moment.</summary>
    public bool RanSince(ulong before) => SpinWait.SpinUntil(() => Count > before, 2000);

    /// <summary>
    /// True once a condition holds. A link ends with its last descriptor, and a child that another test starts at this moment has copies
    /// until it runs its own program.
    /// </summary>
    public static bool Soon(Func<bool> condition) => SpinWait.SpinUntil(condition, 3000);

    /// <summary>True if the program is gone from the kernel, which frees it a moment after its last user went.</summary>
    public static bool IsGone(uint id) => SpinWait.SpinUntil(() =>
    {
        try
        {
            KernelProgram.OpenById(id).Dispose();
            return false;
        }
        catch (Nectar.Bpf.Diagnostics.KernelException)
        {
            return true;
        }
    }, 3000);

    public void Dispose()
    {
        Program.Dispose();
        _counter.Dispose();
    }
}
