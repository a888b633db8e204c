// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;
using Nectar.Bpf.Verifier.Domain;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Loads and stores.</summary>
internal static class LoadStoreCheck
{
    internal static void Load(Analysis a, OpcodeInfo row, Instruction instruction)
    {
        int source = instruction.Source, destination = instruction.Destination, size = row.Width / 8;
        a.NeedRegister(source);
        RememberKind(a, a.Registers[source]);
        MemoryAccess.Check(a, source, instruction.Offset, size, false, destination);
        ref RegisterState value = ref a.Registers[destination];
        if (value.Kind != RegisterKind.Scalar || size == 8) return;
        if (row.Operation == Operation.LoadSx) ScalarCasts.SignExtend(ref value.Range, size);
        else ScalarCasts.Truncate(ref value.Range, size);
    }

    internal static void Store(Analysis a, OpcodeInfo row, Instruction instruction)
    {
        a.NeedRegister(instruction.Source);
        a.NeedRegister(instruction.Destination);
        RememberKind(a, a.Registers[instruction.Destination]);
        MemoryAccess.Check(a, instruction.Destination, instruction.Offset, row.Width / 8, true, instruction.Source);
    }

    internal static void StoreImmediate(Analysis a, OpcodeInfo row, Instruction instruction)
    {
        a.NeedRegister(instruction.Destination);
        RememberKind(a, a.Registers[instruction.Destination]);
        MemoryAccess.Check(a, instruction.Destination, instruction.Offset, row.Width / 8, true, MemoryAccess.Immediate);
    }

    /// <summary>One load cannot be of the context on one path and of something else on another: the kernel rewrites it for its kind.</summary>
    private static void RememberKind(Analysis a, in RegisterState pointer)
    {
        ref Calls.CallMemory memory = ref a.CallMemory[a.Slot];
        int kind = (int)pointer.Kind + 1;
        if (memory.Pointer == 0)
        {
            memory.Pointer = kind;
            return;
        }

        if (memory.Pointer == kind || (!IsRewritten(pointer.Kind) && !IsRewritten((RegisterKind)(memory.Pointer - 1)))) return;
        a.Refuse(ViolationKind.MixedPointers, -1, $"the same instruction accesses {StateText.Kind(pointer)} on this path and {StateText.Kind(RegisterState.Pointer((RegisterKind)(memory.Pointer - 1)))} on another");
    }

    private static bool IsRewritten(RegisterKind kind) =>
        kind is RegisterKind.Context or RegisterKind.Socket or RegisterKind.SocketCommon or RegisterKind.TcpSocket or RegisterKind.XdpSocket or RegisterKind.BtfObject or RegisterKind.Arena;
}
