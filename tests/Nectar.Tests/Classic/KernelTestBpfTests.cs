// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Classic;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Jit;
using Nectar.Tests.Support;
using Nectar.Tests.Vm.Jit;
using Xunit;

namespace Nectar.Tests.Classic;

/// <summary>The 134 classic cases of the kernel's lib/test_bpf.c: validator, interpreter, and the converted programs.</summary>
public sealed class KernelTestBpfTests
{
    [KernelSourceFact]
    public void ClassicCases_AllPass()
    {
        List<KernelTestCase> cases = KernelTestCases.Load("classic");
        Assert.Equal(134, cases.Count);
        List<string> failures = [];
        int socket = 0, memory = 0;
        foreach (KernelTestCase test in cases)
        {
            ClassicInstruction[] program = MemoryMarshal.Cast<byte, ClassicInstruction>(test.Code).ToArray();
            // Valid, but the kernel's own conversion cannot jump as far as this one needs; ours can.
            bool tooFar = test.Name == "BPF_MAXINSNS: jump over MSH";
            if (ClassicValidator.IsValid(program) == (test.IsRefused && !tooFar)) failures.Add($"{test.Name}: validator");
            if (test.IsRefused || !ClassicValidator.IsValid(program)) continue;
            ClassicProgram classic = ClassicProgram.Create(program);
            Instruction[]? forSockets = ClassicConverter.TryConvert(program, new ClassicConversion(), new DiagnosticBag());
            if (forSockets is not null) socket++;
            bool converted = false;
            foreach ((int size, uint expected) in test.Runs)
            {
                if (size == 0 && expected == 0) break; // the table's end
                byte[] packet = test.HasNoData ? [] : [.. test.Packet[..size], .. test.HasFragment ? test.Fragment : []];
                ClassicContext context = Context(packet);
                Note(classic.Run(packet, (uint)packet.Length, context), "interpreter");
                if (forSockets is not null) Note(new ExtendedEvaluator(forSockets).RunSocket(packet, (uint)packet.Length, context), "converted for sockets");
                ClassicConversion conversion = new() { Target = ClassicTarget.Memory, NetworkOffset = context.NetworkOffset, LinkOffset = 0 };
                if (ClassicConverter.TryConvert(program, conversion, new DiagnosticBag()) is not { } forMemory || forMemory.Any(c => c.Opcode == 0x85)) continue;
                converted = true;
                PreparedProgram prepared = EngineRunner.Prepare(forMemory);
                using EngineRunner runner = new(packet.Length);
                using ExecutableProgram interpreted = InterpreterEngine.Instance.Compile(prepared, new EngineSettings(true));
                Note((uint)runner.Run(interpreted, packet).Result, "converted for memory, interpreter");
                if (!JitCompiler.IsSupported) continue;
                using ExecutableProgram jitted = JitEngine.Instance.Compile(prepared, new EngineSettings(true));
                Note((uint)runner.Run(jitted, packet).Result, "converted for memory, JIT");

                void Note(uint actual, string what)
                {
                    if (actual != expected) failures.Add($"{test.Name}, {size} bytes, {what}: 0x{actual:x}, expected 0x{expected:x}");
                }
            }

            if (converted) memory++;
        }

        if (failures.Count > 0) Assert.Fail(string.Join('\n', failures));
        Assert.True(socket > 100 && memory > 90, $"{socket} cases could be converted for sockets, {memory} for memory");
    }

    // The packet that populate_skb of the kernel's test builds.
    private static ClassicContext Context(byte[] packet) => new()
    {
        Protocol = 0x800,
        PacketType = 3,
        Mark = 0x1234aaaa,
        Hash = 0x1234aaab,
        Queue = 123,
        VlanTag = 0xffff,
        VlanTagPresent = true,
        VlanProtocol = 0x800,
        InterfaceIndex = 577,
        HardwareType = 588,
        LinkOffset = 0,
        NetworkOffset = Math.Min(packet.Length, 14),
        PayloadOffset = packet.Length >= 42 ? 42u : 0, // Ethernet, IPv4 and UDP in the one case that asks
    };

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class KernelSourceFactAttribute : FactAttribute
    {
        public KernelSourceFactAttribute() => Skip = KernelTestCases.Unavailable();
    }
}
