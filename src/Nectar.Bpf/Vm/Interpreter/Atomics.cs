// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.CompilerServices;
using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm;

/// <summary>Atomics of the interpreter: atomic between threads, with the full ordering that the kernel's JIT gives on x86.</summary>
internal unsafe partial class InterpretedProgram
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool ExecuteAtomic(VmState* state, Op* op, ulong* r)
    {
        Operation operation = (Operation)(op->Imm & 0xff);
        int bytes = op->Imm >> 8;
        bool load = operation == Operation.LoadAcquire;
        int register = load ? op->Src : op->Dst;
        ulong address = r[register] + (ulong)(long)op->Offset;
        if (op->Code == OpCode.Atomic)
        {
            RegionSlot* slot = &state->FirstSlot + register + (load ? 0 : 11);
            ulong limit = bytes switch { 1 => slot->Limit8, 2 => slot->Limit16, 4 => slot->Limit32, _ => slot->Limit64 };
            if (address - slot->Low >= limit && !Test(state, address, (uint)bytes, !load, slot)) return false;
        }

        if ((address & (ulong)(bytes - 1)) != 0)
        {
            // Hardware gives no atomicity across cache lines everywhere, and the kernel refuses it.
            state->Fault = FaultKind.Memory;
            state->FaultAddress = address;
            state->FaultSize = (uint)bytes | 0x80000000u;
            return false;
        }

        switch (operation)
        {
            case Operation.LoadAcquire:
                r[op->Dst] = bytes switch { 1 => Volatile.Read(ref *(byte*)address), 2 => Volatile.Read(ref *(ushort*)address), 4 => Volatile.Read(ref *(uint*)address), _ => Volatile.Read(ref *(ulong*)address) };
                break;
            case Operation.StoreRelease:
                StoreRelease(address, bytes, r[op->Src]);
                break;
            case Operation.AtomicCmpXchg:
                r[0] = bytes == 8 ? Interlocked.CompareExchange(ref *(ulong*)address, r[op->Src], r[0]) : Interlocked.CompareExchange(ref *(uint*)address, (uint)r[op->Src], (uint)r[0]);
                break;
            default:
                ulong old = bytes == 8 ? Modify64((ulong*)address, operation, r[op->Src]) : Modify32((uint*)address, operation, (uint)r[op->Src]);
                if (operation >= Operation.AtomicFetchAdd) r[op->Src] = old;
                break;
        }

        return true;
    }

    private static void StoreRelease(ulong address, int bytes, ulong value)
    {
        switch (bytes)
        {
            case 1: Volatile.Write(ref *(byte*)address, (byte)value); break;
            case 2: Volatile.Write(ref *(ushort*)address, (ushort)value); break;
            case 4: Volatile.Write(ref *(uint*)address, (uint)value); break;
            default: Volatile.Write(ref *(ulong*)address, value); break;
        }
    }

    private static ulong Modify64(ulong* at, Operation operation, ulong value)
    {
        switch (operation)
        {
            case Operation.AtomicAdd or Operation.AtomicFetchAdd: return Interlocked.Add(ref *at, value) - value;
            case Operation.AtomicOr or Operation.AtomicFetchOr: return Interlocked.Or(ref *at, value);
            case Operation.AtomicAnd or Operation.AtomicFetchAnd: return Interlocked.And(ref *at, value);
            case Operation.AtomicXchg: return Interlocked.Exchange(ref *at, value);
        }

        while (true)
        {
            ulong old = Volatile.Read(ref *at);
            if (Interlocked.CompareExchange(ref *at, old ^ value, old) == old) return old;
        }
    }

    private static ulong Modify32(uint* at, Operation operation, uint value)
    {
        switch (operation)
        {
            case Operation.AtomicAdd or Operation.AtomicFetchAdd: return Interlocked.Add(ref *at, value) - value;
            case Operation.AtomicOr or Operation.AtomicFetchOr: return Interlocked.Or(ref *at, value);
            case Operation.AtomicAnd or Operation.AtomicFetchAnd: return Interlocked.And(ref *at, value);
            case Operation.AtomicXchg: return Interlocked.Exchange(ref *at, value);
        }

        while (true)
        {
            uint old = Volatile.Read(ref *at);
            if (Interlocked.CompareExchange(ref *at, old ^ value, old) == old) return old;
        }
    }
}
