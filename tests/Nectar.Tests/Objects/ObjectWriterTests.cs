// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Objects;

public sealed class ObjectWriterTests
{
    [ClangTheory]
    [MemberData(nameof(ObjectReaderTests.Targets), MemberType = typeof(ObjectReaderTests))]
    public void Write_WhatWasRead_ReadsTheSame(string version, string target)
    {
        foreach (string source in (string[])["everything", "kernel_types"])
        {
            BpfObject before = ObjectReader.Read(Clang.Compile(Path.Combine(Clang.Fixtures, source + ".bpf.c"), version, $"-g -O2 -target {target} -mcpu=v3"), source);
            BpfObject after = ObjectReader.Read(ObjectWriter.ToArray(before), source);

            Assert.Equal((before.License, before.KernelVersion, before.IsBigEndian), (after.License, after.KernelVersion, after.IsBigEndian));
            Assert.Equal(before.Programs.Select(Describe).Order(), after.Programs.Select(Describe).Order());
            Assert.Equal(before.Maps.Select(Describe).Order(), after.Maps.Select(Describe).Order());
            Assert.Equal(before.Externs.Select(Describe), after.Externs.Select(Describe));
            Assert.Equal(before.Globals.Select(g => g.ToString()).Order(), after.Globals.Select(g => g.ToString()).Order());
            foreach (ProgramDefinition program in before.Programs)
            {
                LinkedProgram left = ProgramLinker.Link(before, program), right = ProgramLinker.Link(after, after.Programs[program.Name]);
                Assert.Equal(left.Functions.Select(f => f.Name), right.Functions.Select(f => f.Name));
                Assert.Equal(left.Lines, right.Lines);
                Assert.Equal(left.CoreRelocations, right.CoreRelocations);
                Assert.Equal(left.Externs, right.Externs);
                Assert.Equal(left.Instructions.Select((i, slot) => Masked(before, left, i, slot)), right.Instructions.Select((i, slot) => Masked(after, right, i, slot)));
            }
        }
    }

    [ClangFact]
    public void Write_Twice_GivesTheSameBytes()
    {
        byte[] file = Clang.Compile(Path.Combine(Clang.Fixtures, "everything.bpf.c"));
        Assert.Equal(ObjectWriter.ToArray(ObjectReader.Read(file, "a")), ObjectWriter.ToArray(ObjectReader.Read(file, "a")));
    }

    [ClangFact]
    public void Write_ChangedAfterReading_KeepsTheChange()
    {
        BpfObject changed = ObjectReader.Read(Clang.Compile(Path.Combine(Clang.Fixtures, "everything.bpf.c")), "a");
        changed.Maps["flows"].MaxEntries = 77;
        changed.Globals["limit"].Set(99u);
        changed.Programs["left_out"].AutoLoad = true;
        BpfObject read = ObjectReader.Read(ObjectWriter.ToArray(changed), "a");
        Assert.Equal(77u, read.Maps["flows"].MaxEntries);
        Assert.Equal(99u, read.Globals["limit"].Get<uint>());
        Assert.True(read.Programs["left_out"].AutoLoad);
    }

    [ClangFact]
    public void Write_ValuesInBss_IsRefused()
    {
        BpfObject changed = ObjectReader.Read(Clang.Compile(Path.Combine(Clang.Fixtures, "everything.bpf.c")), "a");
        changed.Globals["zeroed"].Set(5ul);
        Assert.Equal(ObjectCodes.CannotWrite, Assert.Throws<Nectar.Bpf.Diagnostics.ObjectFormatException>(() => ObjectWriter.ToArray(changed)).Diagnostics[0].Code);
    }

    [ClangFact(tool: "llvm-objdump-19")]
    public void Write_ReadByLlvmObjdump_ShowsTheSameCode()
    {
        string objdump = TestEnvironment.FindTool("llvm-objdump-19")!;
        byte[] file = Clang.Compile(Path.Combine(Clang.Fixtures, "kernel_types.bpf.c"));
        Assert.Equal(Code(objdump, file), Code(objdump, ObjectWriter.ToArray(ObjectReader.Read(file, "a"))));
    }

    private static string Code(string objdump, byte[] file)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, file);
            (int code, string text, string errors) = TestEnvironment.Run(objdump, "-d", "--no-show-raw-insn", path);
            Assert.True(code == 0, errors);
            return text[text.IndexOf("Disassembly", StringComparison.Ordinal)..];
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Maps are numbered by their order in the object; their names are what counts.</summary>
    private static string Masked(BpfObject holder, LinkedProgram program, Nectar.Bpf.Isa.Instruction instruction, int slot)
    {
        if (program.Externs.Any(e => e.Instruction == slot)) return $"{instruction.Opcode} {instruction.Destination} extern";
        return instruction.IsWide && instruction.Source is 5 or 6 ? $"{instruction.Destination} {instruction.Source} {holder.Maps[instruction.Immediate].Name}" : instruction.ToString();
    }

    private static string Describe(ProgramDefinition p) => $"{p} {p.ExpectedAttachType} {p.AttachTarget} {p.IsSleepable} {p.Flags} {p.AutoLoad}";

    private static string Describe(ExternDefinition e) => $"{e.Name} {e.Kind} {e.IsWeak} {e.TypeId} {e.Offset} {e.Size}";

    private static string Describe(MapDefinition m) =>
        $"{m} {m.Role} {m.Flags} {m.MapExtra} {m.Pinning} {m.KeyTypeId} {m.ValueTypeId} [{m.Inner}] {Convert.ToHexString(m.InitialValue ?? [])} {string.Join(',', m.InitialSlots.Order())}";
}
