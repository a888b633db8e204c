// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Domain;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Arithmetic and moves.</summary>
internal static class ArithmeticCheck
{
    internal static void Check(Analysis a, OpcodeInfo row, Instruction instruction)
    {
        RegisterState[] registers = a.Registers;
        bool is64 = row.Width == 64;
        int d = instruction.Destination, s = instruction.Source;
        if (row.UsesSourceRegister) a.NeedRegister(s);
        switch (row.Operation)
        {
            case Operation.Mov or Operation.MovSx8 or Operation.MovSx16 or Operation.MovSx32:
                if (row.UsesSourceRegister) Move(a, row, d, s);
                else registers[d] = RegisterState.Constant(is64 ? (ulong)instruction.Immediate : (uint)instruction.Immediate);
                return;
            case Operation.AddrSpaceCast:
                CastAddressSpace(a, instruction, d, s);
                return;
        }

        a.NeedRegister(d);
        if (row.Form == OperandForm.Dst || row.Operation is Operation.ToLe or Operation.ToBe or Operation.Bswap or Operation.Neg)
        {
            Unary(a, row, ref registers[d]);
            return;
        }

        if (row.UsesSourceRegister)
        {
            RegisterState operand = registers[s]; // a copy: it may be the destination itself
            Binary(a, row, d, s, operand, is64);
            if (d == s && registers[d].Kind == RegisterKind.Scalar) registers[d].Id = registers[d].Offset = 0;
        }
        else Binary(a, row, d, -1, RegisterState.Constant((ulong)instruction.Immediate), is64);
    }

    /// <summary>Two registers that hold the same number share an id, so that what is learnt of one is learnt of the other.</summary>
    internal static void ShareId(Analysis a, ref RegisterState source)
    {
        if (source.Kind != RegisterKind.Scalar) return;
        if (source.Id < 0)
        {
            // already a number at a distance from another: a third one would need distances between distances
            source.Id = 0;
            source.Offset = 0;
        }

        if (source.Id == 0 && source.Range.Bits.Mask != 0) source.Id = a.NewId();
    }

    private static void Move(Analysis a, OpcodeInfo row, int d, int s)
    {
        RegisterState[] registers = a.Registers;
        ref RegisterState source = ref registers[s];
        ref RegisterState destination = ref registers[d];
        bool is64 = row.Width == 64;
        int extends = row.Operation switch { Operation.MovSx8 => 1, Operation.MovSx16 => 2, Operation.MovSx32 => 4, _ => 0 };
        if (is64 && extends == 0)
        {
            ShareId(a, ref source);
            destination = source;
            return;
        }

        if (source.IsPointer)
        {
            destination = RegisterState.Unknown; // part of an address is a number
            return;
        }

        bool same = extends != 0 ? ScalarCasts.IsUnchangedBySignExtension(source.Range, extends) : source.Range.UMax <= uint.MaxValue;
        if (same) ShareId(a, ref source);
        destination = source;
        if (!same) destination.Id = destination.Offset = 0;
        ScalarArithmetic.Apply(row.Operation, is64, ref destination.Range, destination.Range);
    }

    private static void CastAddressSpace(Analysis a, Instruction instruction, int d, int s)
    {
        bool hasArena = false;
        for (int i = 0; i < a.Maps.Count; i++) hasArena |= a.Maps[i].Type == MapType.Arena;
        if (!hasArena) a.Refuse(ViolationKind.ArenaAccess, s, "addr_space_cast needs an arena, and the program has none");
        a.Registers[d] = RegisterState.Unknown;
        if (instruction.Immediate == 1) a.Registers[d].Kind = RegisterKind.Arena;
    }

    private static void Unary(Analysis a, OpcodeInfo row, ref RegisterState register)
    {
        bool isTracked = row.Operation == Operation.Neg ? a.Since(6, 17) : a.Since(6, 18);
        if (register.Kind == RegisterKind.Scalar && isTracked)
        {
            ScalarArithmetic.Apply(row.Operation, row.Width == 64, ref register.Range, ScalarRange.Const((ulong)row.Width));
            register.Id = register.Offset = 0;
            return;
        }

        register = RegisterState.Unknown;
    }

    private static void Binary(Analysis a, OpcodeInfo row, int d, int s, in RegisterState operand, bool is64)
    {
        ref RegisterState destination = ref a.Registers[d];
        if (destination.Kind == RegisterKind.Arena) return; // an address in the arena stays one, whatever is done with it
        if (destination.IsPointer)
        {
            if (operand.IsPointer)
            {
                if (row.Operation != Operation.Sub)
                {
                    a.Refuse(ViolationKind.PointerPlusPointer, d, $"r{d} is {StateText.Kind(destination)} and r{s} is {StateText.Kind(operand)}: addresses can only be subtracted from each other");
                }

                destination = RegisterState.Unknown;
                return;
            }

            if (s >= 0) a.Precision.Mark(s);
            RegisterState pointer = destination;
            PointerArithmetic.Apply(a, row, d, pointer, operand, d);
            return;
        }

        if (operand.IsPointer)
        {
            a.Precision.Mark(d);
            RegisterState offset = destination;
            PointerArithmetic.Apply(a, row, d, operand, offset, s);
            return;
        }

        if (!row.UsesSourceRegister && ScalarArithmetic.SplitsInTwo(row.Operation, destination.Range, operand.Range, out bool low) && a.Since(6, 12))
        {
            Split(a, d, low);
        }

        ScalarArithmetic.Apply(row.Operation, is64, ref a.Registers[d].Range, operand.Range);
        Link(ref a.Registers[d], row, operand, is64);
    }

    /// <summary>0 or -1 is the outcome of a comparison without branch: walking both is more exact than their union.</summary>
    private static void Split(Analysis a, int d, bool low)
    {
        VerifierState other = a.PushBranch(a.Slot);
        if (low)
        {
            other.Registers[d].Range.SetConst32(0);
            a.Registers[d].Range.SetConst32(uint.MaxValue);
        }
        else
        {
            other.Registers[d].Range = ScalarRange.Const(0);
            a.Registers[d].Range = ScalarRange.Const(ulong.MaxValue);
        }
    }

    /// <summary>A number plus a constant stays linked to what it was copied from.</summary>
    private static void Link(ref RegisterState destination, OpcodeInfo row, in RegisterState operand, bool is64)
    {
        if (is64 && row.Operation == Operation.Add && destination.Id > 0 && operand.IsConstant && operand.Range.SMin is >= int.MinValue and <= int.MaxValue)
        {
            destination.Id |= RegisterState.IdPlusConstant;
            destination.Offset = (int)operand.Range.SMin;
            return;
        }

        destination.Id = destination.Offset = 0;
    }
}
