// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using System.Runtime.Intrinsics.X86;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>
/// The hottest helpers as machine code: look-up in arrays and hash maps whose map is known, and the cpu number. Registers r1 to r5
/// are free after a call, so they serve as scratch here. Whatever is not plain (a key that is not in known memory, a chain that
/// changed under the reader) goes to the helper itself, with r1 and r2 as they were.
/// </summary>
internal static unsafe class InlineHelpers
{
    private const int CpuNumber = 8;
    private const Gpr Key = Gpr.Rsi, Scratch = JitBuilder.Scratch, Scratch2 = JitBuilder.Scratch2;

    /// <summary>True if a slot is a call that ends without calling anything in any case.</summary>
    internal static bool NeverCalls(PreparedProgram program, int slot, bool isChecked)
    {
        int id = (int)program.Constants[slot];
        return id == CpuNumber || (id == HelperTable.MapLookup && !isChecked && program.CallMaps[slot] is { } map && IsInline(map));
    }

    /// <summary>True if a slot is a look-up that notes the bounds of the value it found.</summary>
    internal static bool FillsValueSlot(PreparedProgram program, int slot) =>
        program.Rows[slot]?.Form == OperandForm.Call && program.Rows[slot]!.Operation != Operation.CallLocal && program.Constants[slot] == HelperTable.MapLookup
        && program.CallMaps[slot] is { } map && IsInline(map) && !map.Regions.IsEmpty && !map.Regions[0].IsReadOnly;

    /// <summary>Emits a helper inline; false if it has to be called.</summary>
    internal static bool TryEmit(JitBuilder b, int id)
    {
        if (id == CpuNumber)
        {
            b.X.Rm(false, X64Emitter.LoadOp, Gpr.Rax, new Mem(b.State, StateOffsets.Cpu));
            b.Cover.Forget(0);
            return true;
        }

        if (id != HelperTable.MapLookup || b.Program.CallMaps[b.Slot] is not { } map) return false;
        if (!IsInline(map)) return false;
        uint keySize = map.Definition.KeySize;
        bool isHash = map.Definition.Type is not (MapType.Array or MapType.PerCpuArray);
        int slow = b.NewLabel();
        int done = b.NewLabel();
        bool usesSlow = isHash && b.IsChecked;
        Mem key = new(Key, 0);
        if (StackKey(b) is { } offset && offset >= -VmState.FrameSize && offset + (int)keySize <= 0) key = new Mem(Gpr.Rbp, offset);
        else if (b.IsChecked && !b.Program.IsVerified)
        {
            usesSlow = true;
            TestKey(b, (int)keySize, slow);
        }

        b.X.Reserve();
        int found = b.NewLabel();
        if (isHash) HashLookup(b, map.Header, (int)keySize, key, slow, found, done);
        else ArrayLookup(b, map.Header, key, done);
        b.Place(found);
        if (b.IsChecked && FillsValueSlot(b.Program, b.Slot)) NoteValue(b, (int)map.Definition.ValueSize);
        b.Place(done);
        if (usesSlow)
        {
            b.AddCold(new ColdPath
            {
                Kind = ColdKind.Helper,
                Label = slow,
                Continue = done,
                Slot = b.Slot,
                Description = (ulong)HelperTable.Find(id)!.Function,
                Operand = (ulong)map.Header,
            });
        }

        b.Cover.Clear();
        return true;
    }

    private static bool IsInline(VmMap map) => map.Definition.Type switch
    {
        MapType.Array or MapType.PerCpuArray => true,
        MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash => map.Definition.KeySize is 4 or 8 or 16 && Sse42.IsSupported,
        _ => false,
    };

    /// <summary>r0 points to a value: what the next accesses through it are tested against.</summary>
    private static void NoteValue(JitBuilder b, int size)
    {
        int widths = b.Regions.Widths(RegionSlotMap.MapValue);
        if (widths == 0) return;
        b.X.Reserve();
        b.X.Rm(true, X64Emitter.Mov, Gpr.Rax, new Mem(b.State, StateOffsets.RegionSlot(RegionSlotMap.MapValue)));
        for (int log = 0; log < 4; log++)
        {
            if (((widths >> log) & 1) == 0) continue;
            b.X.UnaryMem(true, 0xc7, 0, new Mem(b.State, StateOffsets.RegionLimit(RegionSlotMap.MapValue, log)));
            b.X.Int32(Math.Max(0, size - (1 << log) + 1));
        }
    }

    /// <summary>The offset from r10 that r2 certainly has here, found by looking back over the code of this block; else null.</summary>
    private static int? StackKey(JitBuilder b)
    {
        int offset = 0;
        for (int at = b.Slot - 1; at >= b.Frame.Start && b.Slot - at < 24; at--)
        {
            // Code in front of a label may not have run; the label's own slot has.
            if (b.Program.IsLeader[at + 1]) return null;
            OpcodeInfo? row = b.Program.Rows[at];
            if (row is null) continue;
            if (row.IsJump && !row.IsConditionalJump) return null;
            if ((b.Analysis.Sets(at) & 4) == 0) continue;
            Instruction instruction = b.Code[at];
            if (row is { Operation: Operation.Add, Width: 64, Form: OperandForm.DstImm }) offset += instruction.Immediate;
            else return row is { Operation: Operation.Mov, Width: 64, Form: OperandForm.DstSrc } && instruction.Source == 10 ? offset : null;
        }

        return null;
    }

    /// <summary>Tests that the key may be read, which is certain in the current frame; other memory is the helper's business.</summary>
    private static void TestKey(JitBuilder b, int size, int slow)
    {
        X64Emitter x = b.X;
        if (!Prologue.UsesFrame(b))
        {
            b.Jump(slow);
            return;
        }

        x.Lea(true, Scratch, new Mem(Gpr.Rbp, -VmState.FrameSize));
        x.Unary(true, 0xf7, 3, Scratch);
        x.Rr(true, X64Emitter.Add, Key, Scratch);
        x.Ri(true, X64Emitter.ExtCmp, Scratch, VmState.FrameSize - size);
        b.JumpCold(Condition.Above, slow);
    }

    private static void ArrayLookup(JitBuilder b, MapHeader* map, Mem key, int missing)
    {
        X64Emitter x = b.X;
        int none = b.NewLabel();
        x.Rm(false, X64Emitter.LoadOp, Gpr.Rax, key);
        x.Ri(false, X64Emitter.ExtCmp, Gpr.Rax, (int)map->MaxEntries);
        b.JumpCold(Condition.AboveEqual, none);
        Scale(b, Gpr.Rax, map->ElementStride);
        AddCpu(b, map);
        x.MoveImmediate(Scratch, (ulong)map->Values);
        x.Rr(true, X64Emitter.Add, Scratch, Gpr.Rax);
        b.AddCold(new ColdPath { Kind = ColdKind.DivisionByZero, Label = none, Continue = missing, Slot = b.Slot, Register = Gpr.Rax });
    }

    /// <summary>As <see cref="MapHash"/> and <see cref="MapHeader"/> say: the bucket's chain is walked. A key that is found is right in any case.</summary>
    private static void HashLookup(JitBuilder b, MapHeader* map, int keySize, Mem key, int slow, int found, int missing)
    {
        const Gpr First = Gpr.Rcx, Second = Gpr.R8, Bucket = Gpr.Rdx, Index = Gpr.Rdi, Element = Scratch2;
        X64Emitter x = b.X;
        bool wide = keySize >= 8;
        int again = b.NewLabel(), next = b.NewLabel(), end = b.NewLabel(), follow = b.NewLabel();
        x.Rm(wide, X64Emitter.LoadOp, First, key);
        if (keySize == 16) x.Rm(true, X64Emitter.LoadOp, Second, new Mem(key.Base, key.Displacement + 8));
        x.MoveImmediate(Bucket, map->HashSeed);
        x.Crc32(wide, Bucket, First);
        if (keySize == 16) x.Crc32(true, Bucket, Second);
        ArithmeticEmitter.Multiply(b, false, Bucket, Bucket, unchecked((int)MapHash.Multiplier));
        x.ShiftImmediate(false, X64Emitter.ExtShr, Bucket, map->HashShift);


        // The version of the bucket's stripe is read before the walk and stays in rax.
        b.Place(again);
        Stripe(b, map, Gpr.Rax, Bucket);
        x.Rm(false, X64Emitter.LoadOp, Gpr.Rax, new Mem(Scratch, Gpr.Rax, MapHeader.StripeVersion));
        x.MoveImmediate(Scratch, (ulong)map->Buckets);
        x.LoadScaled(Index, Scratch, Bucket);
        x.MoveImmediate(Scratch, (ulong)map->Values);
        b.Place(next);
        x.Rr(false, X64Emitter.Test, Index, Index);
        b.JumpCold(Condition.Sign, end);
        x.Move(false, Element, Index);
        Scale(b, Element, map->ElementStride);
        x.Rr(true, X64Emitter.Add, Scratch, Element);
        x.Rm(wide, 0x3b, First, new Mem(Element, 8));
        b.Jump(Condition.NotEqual, follow);
        if (keySize == 16)
        {
            x.Rm(true, 0x3b, Second, new Mem(Element, 16));
            b.Jump(Condition.NotEqual, follow);
        }

        x.Lea(true, Gpr.Rax, new Mem(Element, (int)map->ValueOffset));
        if (map->Referenced != null)
        {
            x.MoveImmediate(Scratch, (ulong)map->Referenced);
            x.UnaryMem(false, 0xc6, 0, new Mem(Scratch, Index, 0));
            x.Byte(1);
        }

        AddCpu(b, map);
        b.Jump(found);
        b.Place(follow);
        x.Rm(false, X64Emitter.LoadOp, Index, new Mem(Element, 0));
        b.Jump(next);

        // Not there, if this is the end of the bucket's own chain and nothing left it meanwhile; else an element moved under the reader.
        b.Place(end);
        x.Reserve();
        int astray = b.IsChecked ? slow : again;
        x.Ri(false, X64Emitter.ExtAnd, Index, int.MaxValue);
        x.Rr(false, X64Emitter.Cmp, Bucket, Index);
        b.Jump(Condition.NotEqual, astray);
        Stripe(b, map, Index, Bucket);
        x.Rm(false, 0x3b, Gpr.Rax, new Mem(Scratch, Index, MapHeader.StripeVersion));
        b.Jump(Condition.NotEqual, astray);
        x.Rr(false, X64Emitter.Xor, Gpr.Rax, Gpr.Rax);
        b.Jump(missing);
    }

    /// <summary>r10 and a register together become the address of a bucket's stripe.</summary>
    private static void Stripe(JitBuilder b, MapHeader* map, Gpr offset, Gpr bucket)
    {
        b.X.Move(false, offset, bucket);
        b.X.Ri(false, X64Emitter.ExtAnd, offset, (int)map->StripeMask);
        b.X.ShiftImmediate(false, X64Emitter.ExtShl, offset, BitOperations.Log2((uint)MapHeader.StripeSize));
        b.X.MoveImmediate(Scratch, (ulong)map->Stripes);
    }

    private static void AddCpu(JitBuilder b, MapHeader* map)
    {
        if (map->CpuStride == 0) return;
        b.X.Rm(false, X64Emitter.LoadOp, Gpr.Rcx, new Mem(b.State, StateOffsets.Cpu));
        b.X.MoveImmediate(Scratch2, map->CpuStride);
        b.X.Rr(true, 0xfaf, Gpr.Rcx, Scratch2);
        b.X.Rr(true, X64Emitter.Add, Gpr.Rcx, Gpr.Rax);
    }

    private static void Scale(JitBuilder b, Gpr register, uint stride)
    {
        if (BitOperations.IsPow2(stride)) b.X.ShiftImmediate(true, X64Emitter.ExtShl, register, BitOperations.Log2(stride));
        else ArithmeticEmitter.Multiply(b, true, register, register, (int)stride);
    }
}
