// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Refusals;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Refusals;

/// <summary>The dialects of the log: each text is as the kernel named in the test's name writes it.</summary>
public sealed class VerifierLogTests
{
    [Fact]
    public void Kernel5_10_Level1_GoesBackToBranches()
    {
        VerifierLog log = VerifierLog.Parse("""
            Unrecognized arg#0 type PTR
            ; int prog(struct xdp_md *ctx)
            0: (61) r2 = *(u32 *)(r1 +0)
            1: (61) r3 = *(u32 *)(r1 +4)
            2: (bf) r4 = r2
            3: (07) r4 += 14
            ; if (data + 14 > end) return 1;
            4: (2d) if r4 > r3 goto pc+2
             R1=ctx(id=0,off=0,imm=0) R2_w=pkt(id=0,off=0,r=14,imm=0) R3_w=pkt_end(id=0,off=0,imm=0) R4_w=pkt(id=0,off=14,r=14,imm=0) R10=fp0
            5: (71) r0 = *(u8 *)(r2 +0)
            6: (95) exit

            from 4 to 7: R1=ctx(id=0,off=0,imm=0) R2_w=pkt(id=0,off=0,r=0,imm=0) R3_w=pkt_end(id=0,off=0,imm=0) R4_w=pkt(id=0,off=14,r=0,imm=0) R10=fp0 fp-8=mmmm????
            7: (71) r0 = *(u8 *)(r2 +0)
            invalid access to packet, off=0 size=1, R2(id=0,off=0,r=0)
            R2 offset is outside of the packet
            processed 8 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
            """);
        Assert.Equal([0, 1, 2, 3, 4, 7], log.Path);
        Assert.Equal([new VerifierBranch(4, true, "if r4 > r3 goto pc+2")], log.Branches);
        Assert.Equal(7, log.Instruction);
        Assert.Equal("r0 = *(u8 *)(r2 +0)", log.Code);
        Assert.Equal("pkt(id=0,off=0,r=0,imm=0)", log.Registers["R2"]);
        Assert.Equal("mmmm????", log.Registers["fp-8"]);
        Assert.Equal(2, log.Messages.Count);
        Assert.Equal(8, log.ProcessedInstructions);
        Assert.Equal(4505, Explain(log).Code.Number);
    }

    [Fact]
    public void Kernel5_15_NumbersAreInv()
    {
        Diagnostic explained = Explain(VerifierLog.Parse("""
            0: (61) r6 = *(u32 *)(r1 +12)
            1: (79) r0 = *(u64 *)(r6 +0)
            R6 invalid mem access 'inv'
            processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
            """));
        Assert.Equal(4504, explained.Code.Number);
        Assert.Contains("is a number here", explained.Message, StringComparison.Ordinal);
        Assert.Equal("a number from 0 to 255", RegisterWords.OfState("inv(id=0,umax_value=255,var_off=(0x0; 0xff))"));
        Assert.Equal("", RegisterWords.OfState("invP12"));
    }

    [Fact]
    public void Kernel6_12_Level2_WithSubprogramsAndPruning()
    {
        VerifierLog log = VerifierLog.Parse("""
            func#0 @0
            func#1 @6
            Live regs before insn:
                  0: .1........ (bf) r6 = r1
            0: R1=ctx() R10=fp0
            ; int prog(void *ctx) @ prog.c:8
            0: (bf) r6 = r1                       ; R1=ctx() R6_w=ctx()
            1: (85) call bpf_get_prandom_u32#7    ; R0_w=scalar()
            2: (15) if r0 == 0x0 goto pc+1        ; R0_w=scalar(umin=1)
            3: (05) goto pc+0
            4: (85) call pc+1
            caller:
             R6_w=ctx() R10=fp0
            callee:
             frame1: R1=ctx() R10=fp0
            ; static int helper(int i) @ prog.c:3
            6: frame1: R1=ctx() R10=fp0
            6: (b7) r0 = 1                        ; frame1: R0_w=1
            7: (95) exit
            returning from callee:
             frame1: R0_w=1 R1=ctx() R10=fp0
            to caller at 5:
             R0_w=1 R6_w=ctx() R10=fp0

            from 7 to 5: R0_w=1 R6_w=ctx() R10=fp0
            ; return *(int *)x; @ prog.c:12
            5: (95) exit
            mark_precise: frame0: last_idx 5 first_idx 0 subseq_idx -1
            mark_precise: frame0: regs=r0 stack= before 4: (85) call pc+1

            from 2 to 4: R0_w=0 R6_w=ctx() R10=fp0
            4: safe
            processed 10 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 mark_read 0
            """);
        Assert.Empty(log.Messages);
        Assert.Null(log.Instruction);
        Assert.Equal(10, log.ProcessedInstructions);
        Assert.Equal("return *(int *)x; @ prog.c:12", log.SourceLine);
    }

    [Fact]
    public void Kernel6_12_FileAndLineOfTheLog_ArePlaces()
    {
        VerificationException problem = VerifierRefusal.Explain(null, "prog", """
            0: R1=ctx() R10=fp0
            ; return *(int *)x; @ prog.c:12
            0: (61) r0 = *(u32 *)(r2 +0)
            R2 !read_ok
            processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
            """, Errno.EACCES);
        Assert.StartsWith("prog.c(12,1): error NEC4502: program 'prog': r2 is read", problem.Message, StringComparison.Ordinal);
        Assert.Contains("   12 | return *(int *)x;\n", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Kernel7_3_TellsReasonAndSuggestion()
    {
        const string Known = """
            0: R1=ctx() R10=fp0
            0: (95) exit
            R0 !read_ok

            Verification failed: Register Type Safety: Unreadable register

            Reason:
              R0 has never been initialized on this path, so the verifier cannot use it as an input.

            At:
              insn 0
                    | ^-- error: R0 is not readable
              Instruction context:
              >>> 0 | (95) exit

            Causal path:
              no retained diagnostic events on this path

            Suggestion:
              Initialize R0 on every path before this instruction.

            processed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
            """;
        VerifierLog log = VerifierLog.Parse(Known);
        Assert.Equal("Register Type Safety: Unreadable register", log.Report!.Title);
        Assert.Equal((0, 1L), (log.Instruction, log.ProcessedInstructions));
        Assert.Equal(["R0 !read_ok"], log.Messages);
        Assert.Contains("note: the kernel says: R0 !read_ok; R0 has never been initialized", VerifierRefusal.Explain(null, "p", Known, Errno.EACCES).Message, StringComparison.Ordinal);

        // a sentence that is not in the tables: the kernel's own words stand in
        VerificationException unknown = VerifierRefusal.Explain(null, "p", Known.Replace("R0 !read_ok", "something new", StringComparison.Ordinal), Errno.EACCES);
        Assert.StartsWith("error NEC4501: program 'p': R0 has never been initialized on this path", unknown.Message, StringComparison.Ordinal);
        Assert.EndsWith("help: initialize R0 on every path before this instruction.", unknown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("back-edge from insn 7 to 3", 4512)]
    [InlineData("The sequence of 8193 jumps is too complex.", 4513)]
    [InlineData("At program exit the register R0 has value (0x7; 0x0) should have been in (0x0; 0x1)", 4522)]
    [InlineData("invalid stack type R2 off=-520 access_size=8", 4509)]
    [InlineData("invalid indirect read from stack off -16+12 size 16", 4509)]
    [InlineData("invalid indirect read from stack R2 off -16+12 size 16", 4509)]
    [InlineData("unknown func bpf_sys_bpf#166", 4515)]
    [InlineData("Possibly NULL pointer passed to trusted arg0", 4503)]
    [InlineData("R1 must be referenced or trusted", 4517)]
    [InlineData("R1 invalid mem access 'ptr_or_null_task_struct'", 4503)]
    [InlineData("R1 invalid mem access 'map_ptr'", 4504)]
    [InlineData("kernel function bpf_task_release args#0 expected pointer to STRUCT task_struct but R1 has a pointer to STRUCT cgroup", 4517)]
    [InlineData("calling kernel function bpf_task_acquire is not allowed", 4519)]
    [InlineData("attach_btf_id 12 is not a function", 4523)]
    [InlineData("bpf_lsm_file_open() is not modifiable", 4523)]
    [InlineData("Caller passes invalid args into func#1 ('helper')", 4525)]
    [InlineData("tail_call would lead to reference leak", 4530)]
    [InlineData("Expected an initialized dynptr as arg #2", 4529)]
    [InlineData("expected an initialized iter_num as arg #1", 4529)]
    [InlineData("kernel func bpf_cgroup_from_id is sleepable within rcu_read_lock region", 4524)]
    [InlineData("bpf_spin_lock_irq progs cannot use bpf_spin_lock yet", 4537)]
    [InlineData("verifier internal error: unexpected iterator state 3", 4535)]
    [InlineData("loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN", 4538)]
    [InlineData("access beyond struct task_struct at off 20000 size 8", 4506)]
    [InlineData("map 'timers' has to have BTF in order to use bpf_timer", 4537)]
    [InlineData("R3 unbounded memory access, use 'var &= const' or 'if (var < const)'", 4507)]
    [InlineData("BPF_EXIT instruction in main prog cannot be used inside bpf_rcu_read_lock-ed region", 4521)]
    public void Sentences_OfOtherKernels_AreUnderstood(string sentence, int code) => Assert.Equal(code, VerifierMessages.Find([sentence])?.Message.Code.Number);

    [Fact]
    public void EveryRow_FillsItsHoles()
    {
        foreach (VerifierMessage row in VerifierMessages.All)
        {
            Assert.NotNull(row.Help);
            Assert.False(row.Help.StartsWith("help: ", StringComparison.Ordinal), row.Help);
            foreach (MessageTemplate template in row.Templates)
            {
                Dictionary<string, string> fields = new(StringComparer.Ordinal);
                // a sentence made of the template itself, with a number in each hole
                string sentence = System.Text.RegularExpressions.Regex.Replace(template.Text, @"\{[a-z]+\}", "7");
                Assert.True(template.TryMatch(sentence, fields), template.Text);
            }
        }

        Assert.True(VerifierMessages.All.Length >= 100);
        Assert.True(VerifierMessages.All.ToArray().Sum(row => row.Templates.Length) >= 250);
    }

    [Fact]
    public void EmptyAndEndlessTexts_AreNoProblem()
    {
        Assert.Equal(4539, Explain(VerifierLog.Parse("")).Code.Number);
        Assert.Equal(4501, Explain(VerifierLog.Parse("what is this?")).Code.Number);
    }

    [Fact]
    public void DamagedLogs_AreParsedWithoutHarm()
    {
        string[] logs = [.. VerifierGolden.Names().Select(name => VerifierGolden.Read(name).Log)];
        Random random = new(4500);
        char[] alphabet = "0123456789:(){}=;, \nRfp-_.'x".ToCharArray();
        for (int i = 0; i < 20_000; i++)
        {
            char[] text = logs[random.Next(logs.Length)].ToCharArray();
            for (int n = random.Next(1, 12); n > 0 && text.Length > 0; n--) text[random.Next(text.Length)] = alphabet[random.Next(alphabet.Length)];
            string log = new string(text)[..random.Next(text.Length + 1)];
            Assert.NotEmpty(VerifierRefusal.Explain(null, "p", log, Errno.EINVAL).Diagnostics);
        }
    }

    private static Diagnostic Explain(VerifierLog log) => VerifierRefusal.Explain(null, "p", log.Text, Errno.EACCES).Diagnostics[0];
}
