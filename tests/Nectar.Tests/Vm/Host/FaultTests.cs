// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Vm;
using Xunit;

namespace Nectar.Tests.Vm.Host;

/// <summary>What a fault says, whole, and alike on both engines.</summary>
public sealed class FaultTests
{
    public static TheoryData<string, string, int, string> Memory => new()
    {
        { "xdp", "r2 = *(u32 *)(r1 + 0)\nr0 = *(u32 *)(r2 + 60)\nexit", 1, "read of 4 bytes at packet+60 (packet is 60 bytes)" },
        { "xdp", "r2 = *(u32 *)(r1 + 0)\nr0 = *(u64 *)(r2 + 56)\nexit", 1, "read of 8 bytes at packet+56 (packet is 60 bytes)" },
        { "xdp", "r2 = *(u32 *)(r1 + 0)\n*(u8 *)(r2 - 1) = 1\nr0 = 0\nexit", 1, "write of 1 byte at packet-1 (packet is 60 bytes)" },
        { "xdp", "r2 = 0\nr0 = *(u64 *)(r2 + 8)\nexit", 1, "read of 8 bytes at null+8 (a null pointer)" },
        { "xdp", "r2 = 0x123456789abcdef ll\nr0 = *(u8 *)(r2 + 0)\nexit", 2, "read of 1 byte at address 0x123456789abcdef, which is in no memory of the program" },
        { "xdp", "r0 = *(u64 *)(r10 - 520)\nexit", 0, "read of 8 bytes at stack r10-520 (a frame is r10-512 to r10-1)" },
        { "xdp", "r0 = *(u64 *)(r10 - 4)\nexit", 0, "read of 8 bytes at stack r10-4 (a frame is r10-512 to r10-1)" },
        { "xdp", "r0 = *(u32 *)(r1 + 24)\nexit", 0, "read of 4 bytes at xdp_md+24 (xdp_md is 24 bytes)" },
        { "xdp", "*(u32 *)(r1 + 12) = 1\nr0 = 0\nexit", 0, "write of 4 bytes at xdp_md+12 (xdp_md is 24 bytes; it cannot be written there)" },
        { "xdp", "r2 = *(u32 *)(r1 + 0)\nr3 = 1\nlock *(u32 *)(r2 + 1) += r3\nr0 = 0\nexit", 2, "write of 4 bytes at packet+1 (packet is 60 bytes); an atomic access has to be aligned" },
        { "xdp", "*(u32 *)(r10 - 4) = 1\nr1 = out ll\nr2 = r10\nr2 += -4\ncall bpf_map_lookup_elem\nr0 = *(u64 *)(r0 + 4)\nexit", 6, "read of 8 bytes at map 'out' value+4 (value is 8 bytes)" },
        { "xdp", "r1 = out ll\nr2 = 16\ncall bpf_map_lookup_elem\nr0 = 0\nexit", 3, "bpf_map_lookup_elem: read of 4 bytes at null+16 (a null pointer)" },
        { "xdp", "r1 = 5\nr2 = r10\nr2 += -4\ncall bpf_map_lookup_elem\nr0 = 0\nexit", 3, "bpf_map_lookup_elem: argument 1 is null+5 (a null pointer), expected a map that this helper works on" },
        { "xdp", "r1 = r10\nr2 = 0\ncall bpf_ringbuf_submit\nr0 = 0\nexit", 2, "bpf_ringbuf_submit: argument 1 is stack r10+0 (a frame is r10-512 to r10-1), expected a record that this program holds" },
        { "xdp", "r1 = 3\nr2 = 7\nr3 = 0\nr4 = 0\ncall bpf_loop\nexit", 4, "bpf_loop: 0x7 is no function of the program" },
    };

    [Theory, MemberData(nameof(Memory))]
    public void Fault_BadAccess_NamesInstructionAndRegion(string type, string body, int instruction, string message)
    {
        foreach (VmEngine engine in new[] { VmEngine.Interpreter, VmEngine.Jit })
        {
            using VmObject loaded = Asm.Load($".license \"GPL\"\n.map out type=array key=u32 value=u64 max=4\n.program main type={type}\n{body}\n", engine, Asm.Unverified);
            RunResult result = loaded.Programs[0].Run(Asm.Packet(60));
            Assert.True(result.Fault is not null, $"{engine}: no fault, r0 = {result.Value}");
            Assert.Equal(message, result.Fault.Message);
            Assert.Equal(instruction, result.Fault.Instruction);
        }
    }

    [Fact]
    public void Fault_AsDiagnostic_ReadsAsOneText()
    {
        using VmObject loaded = Asm.Program("r2 = *(u32 *)(r1 + 0)\nr0 = *(u32 *)(r2 + 60)\nexit", options: Asm.Unverified);
        VmFault fault = loaded.Programs[0].Run(Asm.Packet(60)).Fault!;
        Assert.Equal("packet", fault.Region);
        Assert.Equal(60, fault.Offset);
        Assert.Equal(4, fault.AccessSize);
        Assert.False(fault.IsWrite);
        Assert.Equal(VmCodes.MemoryFault, fault.Diagnostic.Code);
        Assert.Contains("NEC9221: program 'main': read of 4 bytes at packet+60 (packet is 60 bytes)", fault.ToString(), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Asm.Engines), MemberType = typeof(Asm))]
    public void Fault_Limits_AreReported(VmEngine engine)
    {
        const string forever = "again: r0 += 1\ngoto again\nexit";
        using VmObject fuel = Asm.Program("r0 = 0\n" + forever, engine: engine, options: Asm.Unverified with { FuelLimit = 5000 });
        Assert.Equal("the budget of 5000 instructions is spent", fuel.Programs[0].Run(Asm.Packet(60)).Fault?.Message);
        using VmObject time = Asm.Program("r0 = 0\n" + forever, engine: engine, options: Asm.Unverified with { TimeLimit = TimeSpan.FromMilliseconds(30) });
        Assert.Equal("still running after 30 ms", time.Programs[0].Run(Asm.Packet(60)).Fault?.Message);
        using CancellationTokenSource source = new(30);
        using VmObject cancel = Asm.Program("r0 = 0\n" + forever, engine: engine, options: Asm.Unverified with { TimeLimit = Timeout.InfiniteTimeSpan });
        Assert.Equal(FaultKind.Cancelled, cancel.Programs[0].Run(Asm.Packet(60), new RunContext { Cancellation = source.Token }).Fault?.Kind);
        using VmObject depth = Asm.Load(".license \"GPL\"\n.program main type=xdp\ncall f\nexit\n.function f\ncall f\nexit\n", engine, Asm.Unverified);
        Assert.Equal("more than 8 nested calls", depth.Programs[0].Run(Asm.Packet(60)).Fault?.Message);
    }

    [Fact]
    public void Load_UnknownThings_AreNamedAllAtOnce()
    {
        LoadException problem = Assert.Throws<LoadException>(() => Asm.Program("r1 = 0\ncall bpf_d_path\ncall 999\nexit"));
        Assert.Equal([VmCodes.UnknownHelper, VmCodes.UnknownHelper], problem.Diagnostics.Select(d => d.Code));
        Assert.Contains("call of helper 'bpf_d_path' (147), which this host does not have", problem.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.Contains("call of helper 999, which does not exist; the last is 211", problem.Diagnostics[1].Message, StringComparison.Ordinal);
    }
}
