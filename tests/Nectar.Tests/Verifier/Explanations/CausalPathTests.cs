// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Explanations;
using Xunit;

namespace Nectar.Tests.Verifier.Explanations;

public sealed class CausalPathTests
{
    [Fact]
    public void Register_ThroughSpillAndFill_LeadsToTheLookup()
    {
        Explanation made = Explain("""
            .map counts type=hash key=4 value=8 max=1
            .program count type=xdp
                *(u32 *)(r10 - 4) = 0
                r1 = counts ll
                r2 = r10
                r2 += -4
                call bpf_map_lookup_elem
                *(u64 *)(r10 - 16) = r0
                r3 = 7
                r6 = *(u64 *)(r10 - 16)
                r1 = *(u64 *)(r6 + 0)
                r0 = 2
                exit
            """, [0, 1, 3, 4, 5, 6, 7, 8, 9], new Violation(ViolationKind.NullablePointer, 9, "r6 may be null") { Register = 6 });
        Assert.Equal([(CausalKind.Origin, 5), (CausalKind.Spill, 6), (CausalKind.Fill, 8)], made.Path.Select(one => (one.Kind, one.Slot)));
        Assert.Equal("r0 = bpf_map_lookup_elem(counts, fp-4)", made.Path[0].Text);
        Assert.EndsWith("saved to the stack at -16", made.Path[1].Text, StringComparison.Ordinal);
        Assert.Equal([7, 8, 9, 10, 11], made.Instructions.Select(line => line.Slot));
        Assert.Equal(11, made.Source!.Span.Line);
        Assert.Equal([9, 10, 11, 12, 13], made.Source.Lines.Select(line => line.Number));
    }

    [Fact]
    public void Arithmetic_FollowsBothOperands_AndTheBranchesThatTestedThem()
    {
        Explanation made = Explain("""
            .program drop type=xdp
                r2 = *(u32 *)(r1 + 0)
                r3 = *(u32 *)(r1 + 4)
                r5 = *(u32 *)(r1 + 12)
                r4 = r2
                r4 += 14
                if r4 > r3 goto out
                if r5 == 0 goto out
                r6 = *(u8 *)(r2 + 13)
                r2 += r6
                r0 = *(u8 *)(r2 + 14)
            out:
                r0 = 2
                exit
            """, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], new Violation(ViolationKind.PacketOffset, 9, "…") { Register = 2 });
        Assert.Equal([(CausalKind.Origin, 0), (CausalKind.Branch, 5), (CausalKind.Branch, 6), (CausalKind.Origin, 7), (CausalKind.Change, 8)], made.Path.Select(one => (one.Kind, one.Slot)));
        Assert.EndsWith(": not taken", made.Path[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Argument_AndResult_OfAFunction_AreFollowedIntoIt()
    {
        Explanation made = Explain("""
            .program main type=xdp
                r7 = *(u32 *)(r1 + 0)
                r1 = r7
                call next
                r1 = *(u8 *)(r0 + 0)
                r0 = 2
                exit
            .function next
                r0 = r1
                r0 += 1
                exit
            """, [0, 1, 2, 6, 7, 8, 3], new Violation(ViolationKind.PacketBounds, 3, "…") { Register = 0 });
        Assert.Equal([(CausalKind.Origin, 0), (CausalKind.Copy, 1), (CausalKind.Call, 2), (CausalKind.Copy, 6), (CausalKind.Change, 7), (CausalKind.Return, 8)], made.Path.Select(one => (one.Kind, one.Slot)));
        Assert.Equal("returned by next", made.Path[5].Text);
    }

    [Fact]
    public void Store_ThroughAPointerToTheCallersStack_IsItsOrigin()
    {
        Explanation made = Explain("""
            .program main type=xdp
                r1 = r10
                r1 += -8
                call fill
                r2 = *(u64 *)(r10 - 8)
                r0 = *(u8 *)(r2 + 0)
                exit
            .function fill
                r3 = 5
                *(u64 *)(r1 + 0) = r3
                r0 = 0
                exit
            """, [0, 1, 2, 6, 7, 8, 9, 3, 4], new Violation(ViolationKind.NumberAsPointer, 4, "…") { Register = 2 });
        Assert.Equal([(CausalKind.Origin, 6), (CausalKind.Spill, 7), (CausalKind.Fill, 3)], made.Path.Select(one => (one.Kind, one.Slot)));
        Assert.EndsWith("saved to the stack of its caller at -8", made.Path[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Register_ThatACallForgot_SaysSo()
    {
        Explanation made = Explain("""
            .program main type=xdp
                r2 = 1
                call bpf_ktime_get_ns
                r0 = r2
                exit
            """, [0, 1, 2], new Violation(ViolationKind.UnreadRegister, 2, "r2 is read but was never written") { Register = 2 });
        CausalEvent only = Assert.Single(made.Path);
        Assert.Equal((CausalKind.Forgotten, 1), (only.Kind, only.Slot));
    }

    [Fact]
    public void MemoryThatAHelperWrote_BeginsAtTheCall()
    {
        Explanation made = Explain("""
            .program main type=kprobe
                r1 = r10
                r1 += -16
                r2 = 16
                call bpf_get_current_comm
                r2 = *(u64 *)(r10 - 8)
                r0 = *(u8 *)(r2 + 0)
                exit
            """, [0, 1, 2, 3, 4, 5], new Violation(ViolationKind.NumberAsPointer, 5, "…") { Register = 2 });
        Assert.Equal([(CausalKind.Origin, 3), (CausalKind.Fill, 4)], made.Path.Select(one => (one.Kind, one.Slot)));
        Assert.Equal("bpf_get_current_comm(fp-16, 16): writes it", made.Path[0].Text);
    }

    [Fact]
    public void Callback_GetsItsStateFromTheCall()
    {
        Explanation made = Explain("""
            .program main type=xdp
                *(u64 *)(r10 - 8) = 3
                r1 = 10
                r2 = turn ll
                r3 = r10
                r3 += -8
                r4 = 0
                call bpf_loop
                r0 = 2
                exit
            .function turn
                r3 = *(u64 *)(r2 + 0)
                r0 = *(u8 *)(r3 + 0)
                exit
            """, [0, 1, 2, 4, 5, 6, 7, 10, 11], new Violation(ViolationKind.NumberAsPointer, 11, "…") { Register = 3, Frame = 1 });
        Assert.Equal([(CausalKind.Origin, 0), (CausalKind.Fill, 10)], made.Path.Select(one => (one.Kind, one.Slot)));
    }

    [Fact]
    public void Loop_IsOneEventWithACount_AndNeverMoreThan64()
    {
        List<int> path = [0, 1];
        for (int i = 0; i < 5000; i++) path.AddRange([2, 3]);
        path.Add(4);
        Explanation made = Explain("""
            .program main type=xdp
                r1 = 0
                r2 = r10
            again:
                r1 += 1
                if r1 < 5000 goto again
                r0 = *(u8 *)(r1 + 0)
                exit
            """, path, new Violation(ViolationKind.NumberAsPointer, 4, "…") { Register = 1 });
        Assert.Equal([(CausalKind.Origin, 0, 1), (CausalKind.Branch, 3, 4999), (CausalKind.Change, 2, 5000), (CausalKind.Branch, 3, 1)], made.Path.Select(one => (one.Kind, one.Slot, one.Times)));
    }

    [Fact]
    public void Leak_ShowsAcquireAndRelease()
    {
        Explanation made = Explain("""
            .map events type=ringbuf max=4096
            .program main type=xdp
                r6 = *(u32 *)(r1 + 12)
                r1 = events ll
                r2 = 8
                r3 = 0
                call bpf_ringbuf_reserve
                if r0 == 0 goto out
                if r6 == 1 goto out
                r1 = r0
                r2 = 0
                call bpf_ringbuf_submit
            out:
                r0 = 2
                exit
            """, [0, 1, 3, 4, 5, 6, 7, 11, 12], new Violation(ViolationKind.ReferenceLeak, 12, "…") { OtherSlot = 5 });
        Assert.Equal([(CausalKind.Acquire, 5), (CausalKind.Branch, 6), (CausalKind.Branch, 7)], made.Path.Select(one => (one.Kind, one.Slot)));
        Assert.Equal("bpf_ringbuf_reserve(events, 8, 0)", made.Path[0].Text);
        Assert.Equal([false, true], made.Path.Skip(1).Select(one => one.IsTaken));
    }

    [Fact]
    public void AnyPath_OverAnyCode_IsWalked()
    {
        BpfObject source = Assembler.Assemble("""
            .program main type=xdp
                r1 = 0
                call sub
                exit
            .function sub
                *(u64 *)(r10 - 8) = r1
                r0 = *(u64 *)(r10 - 8)
                exit
            """, "prog.bpfasm");
        ProgramText program = new(ProgramLinker.Link(source, source.Programs[0]));
        Random random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            int[] path = new int[random.Next(0, 40)];
            for (int at = 0; at < path.Length; at++) path[at] = random.Next(-1, 8);
            Violation violation = new(ViolationKind.NumberAsPointer, random.Next(-1, 8), "…") { Register = random.Next(-1, 11), StackOffset = random.Next(2) == 0 ? null : random.Next(-520, 8), Frame = random.Next(0, 4) };
            Explanation made = ExplanationBuilder.Build(program, "main", violation, path);
            Assert.True(made.Path.Length <= CausalPath.MaxEvents);
            Assert.NotEmpty(made.ToLongText());
            Assert.NotEmpty(made.ToString());
        }
    }

    private static Explanation Explain(string text, IReadOnlyList<int> path, Violation violation)
    {
        BpfObject source = Assembler.Assemble(text, "prog.bpfasm");
        return ExplanationBuilder.Build(new ProgramText(ProgramLinker.Link(source, source.Programs[0])), source.Programs[0].Name, violation, path);
    }
}
