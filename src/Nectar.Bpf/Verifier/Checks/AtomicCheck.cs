// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Exploration;
using Nectar.Bpf.Verifier.Domain;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Atomic operations, load-acquire and store-release.</summary>
internal static class AtomicCheck
{
    internal static void Check(Analysis a, OpcodeInfo row, Instruction instruction)
    {
        int size = row.Width / 8;
        switch (row.Operation)
        {
            case Operation.LoadAcquire:
                a.NeedRegister(instruction.Source);
                CheckTarget(a, instruction.Source, arenaAllowed: true);
                MemoryAccess.Check(a, instruction.Source, instruction.Offset, size, false, instruction.Destination);
                ref RegisterState loaded = ref a.Registers[instruction.Destination];
                if (loaded.Kind == RegisterKind.Scalar && size < 8) ScalarCasts.Truncate(ref loaded.Range, size);
                return;
            case Operation.StoreRelease:
                a.NeedRegister(instruction.Source);
                a.NeedRegister(instruction.Destination);
                CheckTarget(a, instruction.Destination, arenaAllowed: true);
                MemoryAccess.Check(a, instruction.Destination, instruction.Offset, size, true, instruction.Source);
                return;
        }

        a.NeedRegister(instruction.Source);
        a.NeedRegister(instruction.Destination);
        if (row.Operation == Operation.AtomicCmpXchg) a.NeedRegister(0);

        CheckTarget(a, instruction.Destination, arenaAllowed: true);
        MemoryAccess.CheckAlignment(a, instruction.Destination, a.Registers[instruction.Destination], instruction.Offset, size, isStrict: true);
        int result = row.Operation == Operation.AtomicCmpXchg ? 0 : row.WritesSource ? instruction.Source : -1;
        // the load part: the old value keeps what is known of it only if it comes from the stack
        MemoryAccess.Check(a, instruction.Destination, instruction.Offset, size, false, MemoryAccess.NoValue);
        if (result >= 0)
        {
            if (a.Registers[instruction.Destination].Kind == RegisterKind.Stack) MemoryAccess.Check(a, instruction.Destination, instruction.Offset, size, false, result);
            else a.SetUnknown(result);
            ref RegisterState old = ref a.Registers[result];
            if (old.Kind == RegisterKind.Scalar && size < 8) ScalarCasts.Truncate(ref old.Range, size);
        }

        // The store part comes after the load part: an address that was overwritten by the old value is none any more.
        if (result == instruction.Destination && !a.Registers[result].IsPointer)
        {
            a.Refuse(ViolationKind.AtomicTarget, result, $"r{result} is the address and gets the old value at the same time");
        }

        MemoryAccess.Check(a, instruction.Destination, instruction.Offset, size, true, MemoryAccess.NoValue);
    }

    private static void CheckTarget(Analysis a, int register, bool arenaAllowed)
    {
        ref RegisterState pointer = ref a.Registers[register];
        bool refused = pointer.Kind is RegisterKind.Context or RegisterKind.Packet or RegisterKind.PacketMeta or RegisterKind.FlowKeys or RegisterKind.Socket
            or RegisterKind.SocketCommon or RegisterKind.TcpSocket or RegisterKind.XdpSocket || (pointer.Kind == RegisterKind.Arena && !arenaAllowed);
        if (refused) a.Refuse(ViolationKind.AtomicTarget, register, $"r{register} is {StateText.Kind(pointer)}: atomic operations are not allowed there");
    }
}
