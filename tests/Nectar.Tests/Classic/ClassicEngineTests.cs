// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Classic;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Vm;
using Nectar.Bpf.Vm.Jit;
using Nectar.Tests.Vm.Jit;
using Xunit;

namespace Nectar.Tests.Classic;

/// <summary>Converted programs give the classic result on both engines of the machine.</summary>
public sealed class ClassicEngineTests
{
    [Theory]
    [InlineData(ClassicTarget.Memory, true)]
    [InlineData(ClassicTarget.Memory, false)]
    [InlineData(ClassicTarget.SocketBuffer, true)]
    public void ToExtended_GeneratedPrograms_RunTheSameOnInterpreterAndJit(ClassicTarget target, bool isChecked)
    {
        ClassicProgramGenerator generator = new(41) { Ancillaries = [ClassicAncillary.XorX] };
        ClassicConversion conversion = new() { Target = target };
        int compared = 0;
        for (int i = 0; compared < 1500; i++)
        {
            ClassicInstruction[] program = generator.NextProgram(i % 20 == 0 ? 600 : 60);
            // Here the context of the socket filter is the packet itself, which has no field for the length.
            if (target == ClassicTarget.SocketBuffer && program.Any(c => ClassicOpcodeTable.Find(c.Code)!.Operand == ClassicOperand.Length)) continue;
            ClassicProgram classic = ClassicProgram.Create(program);
            PreparedProgram prepared = EngineRunner.Prepare(ClassicConverter.ToExtended(program, conversion));
            using ExecutableProgram interpreter = InterpreterEngine.Instance.Compile(prepared, new EngineSettings(isChecked));
            using ExecutableProgram? jit = JitCompiler.IsSupported ? JitEngine.Instance.Compile(prepared, new EngineSettings(isChecked)) : null;
            for (int p = 0; p < 6; p++)
            {
                byte[] packet = generator.NextPacket();
                uint expected = classic.Run(packet);
                using EngineRunner runner = new(packet.Length);
                Same(expected, runner.Run(interpreter, packet), program, "interpreter");
                if (jit is not null) Same(expected, runner.Run(jit, packet), program, "jit");
            }

            compared++;
        }
    }

    private static void Same(uint expected, RunOutcome actual, ClassicInstruction[] program, string engine)
    {
        if (actual.Fault != FaultKind.None || expected != (uint)actual.Result) Assert.Fail($"{engine}: classic 0x{expected:x}, extended {actual}\n{ClassicListing.Format(program)}");
    }
}
