// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.GuestTests.Harness;
using Nectar.Linux.Loading;

namespace Nectar.GuestTests.Tests;

/// <summary>Programs in C# (tests/guest/Nectar.GuestProbes) on hooks that no sample has.</summary>
internal static class CompiledTests
{
    internal static readonly GuestTest[] All =
    [
        new("compiled/kprobe_and_kretprobe", ReadSizes, Needs.Root, Needs.Kprobes, Needs.Fixture("ReadSizes")),
        new("compiled/ksyscall", SessionCalls, Needs.Root, Needs.Kprobes, Needs.Fixture("SessionCalls")),
        new("compiled/kprobe_multi", ManyFunctions, Needs.Root, Needs.Kprobes, Needs.Config("FPROBE"), Needs.Fixture("ManyFunctions")),
        new("compiled/uprobe_and_uretprobe", LibraryCalls, Needs.Root, Needs.Fixture("LibraryCalls")),
        new("compiled/fmod_ret", ChangedResult, Needs.Root, Needs.Trampolines, Needs.Fixture("ChangedResult")),
    ];

    private static void ReadSizes()
    {
        using KernelObject loaded = Attach("ReadSizes");
        using FileStream file = new("/dev/zero", FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        byte[] bytes = new byte[1234];
        for (int i = 0; i < 10; i++) Check.Equal(bytes.Length, file.Read(bytes));
        Check.AtLeast(10, loaded.Get<ulong>("Begun"));
        Check.AtLeast(12340, loaded.Get<ulong>("Asked"));
        Check.AtLeast(10, loaded.Get<ulong>("Returned"));
        Check.AtLeast(12340, loaded.Get<ulong>("Read"));
    }

    private static void SessionCalls()
    {
        using KernelObject loaded = Attach("SessionCalls");
        for (int i = 0; i < 3; i++) Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(3ul, loaded.Get<ulong>("Calls"));
        Check.Equal((ulong)KprobeTests.NoSuchProcess, loaded.Get<ulong>("LastArgument"));
    }

    private static void ManyFunctions()
    {
        using KernelObject loaded = Attach("ManyFunctions");
        for (int i = 0; i < 3; i++) Native.GetSid(KprobeTests.NoSuchProcess);
        Check.Equal(3ul, loaded.Get<ulong>("Entered"));
        Check.Equal(3ul, loaded.Get<ulong>("Left"));
    }

    private static void LibraryCalls()
    {
        using KernelObject loaded = Attach("LibraryCalls");
        Check.Equal(13, Native.Ffsll(0x1000));
        Check.Equal(1ul, loaded.Get<ulong>("Calls"));
        Check.Equal(0x1000L, loaded.Get<long>("Argument"));
        Check.Equal(13L, loaded.Get<long>("Result"));
    }

    private static void ChangedResult()
    {
        const int eio = 5;
        using (Attach("ChangedResult"))
        {
            Check.Equal(-1, Native.GetSid(Environment.ProcessId));
            Check.Equal(eio, System.Runtime.InteropServices.Marshal.GetLastPInvokeError());
        }

        Check.True(Native.GetSid(Environment.ProcessId) >= 0);
    }

    private static KernelObject Attach(string name)
    {
        BpfObject source = Fixtures.Read(name);
        source.Globals["Target"].Set((uint)Environment.ProcessId);
        KernelObject loaded = KernelObject.Load(source);
        try
        {
            loaded.AttachAll();
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }
}
