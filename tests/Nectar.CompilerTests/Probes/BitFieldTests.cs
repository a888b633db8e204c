// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Compiler;
using Nectar.Linux.Loading;
using Nectar.Linux.Programs;

namespace Nectar.CompilerTests.Probes;

/// <summary>Bit-fields of the kernel's structs are found in the running kernel: by loads where it follows pointers, and by a helper elsewhere.</summary>
public sealed partial class BitFieldTests
{
    private const int SetChildSubreaper = 36;

    private const string Source = """
        namespace Bits;

        [KernelType] public struct signal_struct { [BitField(1)] public uint is_child_subreaper; public int nr_threads; }
        [KernelType("signal_struct")] public struct signed_view { [BitField(1)] public int is_child_subreaper; }
        [KernelType("signal_struct")] public struct missing_view { [BitField(2)] public uint no_such_member; }
        [KernelType] public unsafe struct task_struct { public signal_struct* signal; public int tgid; }

        public sealed unsafe class Case : Probe
        {
            public readonly ArrayMap<long> Seen = new(8);

            [Syscall]
            public int Run(void* memory)
            {
                task_struct* followed = Bpf.GetCurrentTaskBtf<task_struct>(), read = Bpf.GetCurrentTask<task_struct>();
                Seen.Set(0, followed->signal->is_child_subreaper);
                Seen.Set(1, read->signal->is_child_subreaper);
                Seen.Set(2, ((signed_view*)read->signal)->is_child_subreaper);
                Seen.Set(3, Core.FieldExists(read->signal->is_child_subreaper) ? 1 : 0);
                missing_view* other = (missing_view*)read->signal;
                Seen.Set(4, Core.FieldExists(other->no_such_member) ? other->no_such_member : 7);
                Seen.Set(5, followed->tgid);
                return 0;
            }
        }
        """;

    [KernelFact]
    public void Read_BitOfThisProcess_IsAsTheKernelHasIt()
    {
        BpfObject source = Compiled.Object(CSharp.Compile("bits", Source), "Bits.Case", new CompilerOptions { KernelTypes = Compiled.KernelTypes });
        using KernelObject loaded = KernelObject.Load(source);
        foreach (int bit in new[] { 1, 0, 1, 0 })
        {
            Assert.Equal(0, Prctl(SetChildSubreaper, bit, 0, 0, 0));
            loaded.Programs["Run"].TestRun(new TestRunInput());
            Assert.Equal((bit, bit, -bit, 1, 7, Environment.ProcessId), (Seen(loaded, 0), Seen(loaded, 1), Seen(loaded, 2), Seen(loaded, 3), Seen(loaded, 4), Seen(loaded, 5)));
        }
    }

    [Fact]
    public void Compile_AddressOfABitField_IsRefused()
    {
        string source = Source.Replace("Seen.Set(5, followed->tgid);", "uint* bit = &read->signal->is_child_subreaper; Seen.Set(5, (long)bit);", StringComparison.Ordinal);
        CompileException refused = Assert.Throws<CompileException>(() => ProbeCompiler.Compile(CSharp.Compile("bits", source), "Bits.Case"));
        Assert.Contains("NEC2012: 'signal_struct.is_child_subreaper' is a bit-field, which has no address", refused.Message, StringComparison.Ordinal);
    }

    private static long Seen(KernelObject loaded, int index)
    {
        byte[] value = new byte[8];
        Assert.Equal(Errno.None, loaded.Maps["Seen"].Lookup(BitConverter.GetBytes(index), value));
        return BitConverter.ToInt64(value);
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Prctl(int option, nint a, nint b, nint c, nint d);
}
