// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;

namespace Nectar.Tests.Suites;

/// <summary>The second table of test_bpf.c: programs that call each other, put into one prog array. Marked instructions are filled in as its runner does.</summary>
internal static class TestBpfTailCalls
{
    private const int Marker = 0x7a11ca11;
    private const short NullTarget = 0x7fff;
    private const short InvalidIndex = 0x7ffe;
    private const int TestFunction = 0x7ffffff0; // __BPF_FUNC_MAX_ID of dump.c
    private const int TailCallHelper = 12;
    private const int Runs = 1000; // MAX_TESTRUNS
    private const byte Call = 0x85;
    private const byte MovImmediate32 = 0xb4;

    internal static BpfObject Build(TestBpfCase[] tests)
    {
        BpfObject made = new() { Name = "tail_calls", License = "GPL" };
        MapDefinition table = new() { Name = "table", Type = MapType.ProgArray, KeySize = 4, ValueSize = 4, MaxEntries = (uint)tests.Length + 1 };
        made.Maps.Add(table);
        for (int i = 0; i < tests.Length; i++)
        {
            List<Relocation> relocations = [];
            Instruction[] code = Fill(tests[i].Extended, i, tests.Length, relocations);
            FunctionDefinition entry = new() { Name = tests[i].Name, Section = "test", Instructions = code, Relocations = relocations };
            made.Functions.Add(entry);
            made.Programs.Add(new ProgramDefinition { Name = tests[i].Name, Section = "test", Entry = entry });
            table.InitialSlots.Add(((uint)i, tests[i].Name));
        }

        return made;
    }

    /// <summary>Runs a case as often as the kernel does; the state of one run is the input of the next.</summary>
    internal static uint Run(VmProgram program, TestBpfCase test)
    {
        byte[] state = test.TailCallFlags.HasFlag(TestBpfCase.TailCallFlag.NeedState) ? new byte[4] : [];
        uint result = 0;
        for (int i = 0; i < Runs; i++)
        {
            RunResult run = program.Run(state);
            if (run.Fault is { } fault) throw new InvalidOperationException($"{test.Name}: {fault}");
            state = run.Packet;
            result = run.ReturnValue;
        }

        return test.TailCallFlags.HasFlag(TestBpfCase.TailCallFlag.ResultInState) ? BitConverter.ToUInt32(state) : result;
    }

    private static Instruction[] Fill(Instruction[] code, int index, int count, List<Relocation> relocations)
    {
        for (int at = 0; at < code.Length; at++)
        {
            Instruction instruction = code[at];
            if (instruction.IsWide && instruction.Immediate == Marker)
            {
                relocations.Add(new Relocation(at, RelocationKind.Map, "table"));
                code[at++] = instruction.WithImmediate(0);
            }
            else if (instruction.Opcode == MovImmediate32 && instruction.Immediate == Marker)
            {
                int target = instruction.Offset switch { NullTarget => count, InvalidIndex => count + 1, _ => index + instruction.Offset };
                code[at] = instruction.WithOffset(0).WithImmediate(target);
            }
            else if (instruction.Opcode == Call && instruction.Source == 1)
            {
                // The kernel's runner, too, does nothing instead of a call that it cannot make.
                code[at] = instruction.Immediate == TestFunction ? new Instruction(0x05, 0, 0, 0, 0) : instruction.WithSource(0);
            }
            else if (instruction.Opcode == 0xf5)
            {
                code[at] = new Instruction(Call, 0, 0, 0, TailCallHelper); // BPF_JMP | BPF_TAIL_CALL, the kernel's own opcode for it
            }
        }

        return code;
    }
}
