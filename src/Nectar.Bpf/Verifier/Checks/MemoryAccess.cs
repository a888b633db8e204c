// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Calls;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Uninitialized memory of the stack that a call will write.</summary>
internal struct RawMemory
{
    /// <summary>True if the argument may be uninitialized.</summary>
    internal bool IsAllowed;

    /// <summary>The register that points there; 0 if none does.</summary>
    internal int Register;

    /// <summary>Its size in bytes.</summary>
    internal int Size;
}

/// <summary>An access through a register, by kind of pointer.</summary>
internal static class MemoryAccess
{
    /// <summary>Instead of a value's register: nothing that is tracked (helpers), or the immediate of a store.</summary>
    internal const int NoValue = -1, Immediate = -2;

    /// <summary>Checks a load or store of an instruction and does what it does to registers and stack.</summary>
    /// <param name="a">The verification.</param>
    /// <param name="register">The register that holds the address.</param>
    /// <param name="offset">The instruction's offset in bytes.</param>
    /// <param name="size">Bytes: 1, 2, 4 or 8.</param>
    /// <param name="write">True for stores.</param>
    /// <param name="value">The register that is loaded or stored, <see cref="NoValue"/> or <see cref="Immediate"/>.</param>
    internal static void Check(Analysis a, int register, int offset, int size, bool write, int value)
    {
        RegisterState pointer = a.Registers[register];
        if (pointer.MaybeNull)
        {
            a.Refuse(ViolationKind.NullablePointer, register, $"r{register} may be null here: it is {StateText.Kind(pointer)}");
        }

        CheckAlignment(a, register, pointer, offset, size, a.Input.StrictAlignment);
        int total = offset + pointer.Offset;
        a.Facts.Note(a.Slot, pointer, total, a.Frame.Number);
        switch (pointer.Kind)
        {
            case RegisterKind.Stack:
                StackAccess.CheckBounds(a, register, total, size, write);
                if (write) StackWrites.Store(a, register, total, size, value);
                else StackReads.Load(a, register, total, size, value);
                return;
            case RegisterKind.Context:
                ContextCheck.Check(a, register, total, size, write, value);
                return;
            case RegisterKind.MapValue:
                RegionAccess.CheckMapValue(a, register, offset, size, write, false);
                if (!write) LoadMapValue(a, register, pointer, total, size, value);
                else if (SpecialFields.IsKptr(a, pointer, total)) SpecialFields.StoreKptr(a, register, total, size, value);
                return;
            case RegisterKind.BtfObject:
                BtfAccess.Check(a, register, offset, size, write, value);
                return;
            case RegisterKind.ConstMap:
                BtfAccess.CheckMap(a, register, total, size, write, value);
                return;
            case RegisterKind.Socket or RegisterKind.SocketCommon or RegisterKind.TcpSocket or RegisterKind.XdpSocket:
                SocketAccess.Check(a, register, total, size, write, value);
                return;
            case RegisterKind.Arena:
                break;
            default:
                RegionAccess.Check(a, register, offset, size, write, false);
                break;
        }

        if (!write && value >= 0) a.SetUnknown(value);
    }

    /// <summary>Memory that a helper reads or writes.</summary>
    /// <param name="a">The verification.</param>
    /// <param name="register">The register that holds the address.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="write">True if the helper writes.</param>
    /// <param name="zeroAllowed">True if a size of 0 is allowed, and then null too.</param>
    /// <param name="raw">Gets the memory if it is uninitialized stack that the helper fills.</param>
    internal static void CheckHelperRegion(Analysis a, int register, int size, bool write, bool zeroAllowed, ref RawMemory raw)
    {
        ref RegisterState pointer = ref a.Registers[register];
        switch (pointer.Kind)
        {
            case RegisterKind.Stack:
                StackAccess.CheckHelper(a, register, pointer.Offset, size, zeroAllowed, write, ref raw);
                return;
            case RegisterKind.Context:
                ContextCheck.CheckHelper(a, register, size, write, zeroAllowed);
                return;
            case RegisterKind.BtfObject:
                BtfAccess.Check(a, register, 0, size, write, NoValue);
                return;
            case RegisterKind.Scalar when zeroAllowed && size == 0 && pointer.IsNull:
                return;
            case RegisterKind.MapValue:
                RegionAccess.CheckMapValue(a, register, 0, size, write, zeroAllowed);
                return;
            case RegisterKind.Packet or RegisterKind.PacketMeta or RegisterKind.MapKey or RegisterKind.Memory or RegisterKind.Buffer:
                RegionAccess.Check(a, register, 0, size, write, zeroAllowed);
                return;
            default:
                a.Refuse(ViolationKind.ArgumentMemory, register, $"r{register} is {StateText.Of(pointer)}, memory of {size} bytes is expected");
                return;
        }
    }

    private static void LoadMapValue(Analysis a, int register, in RegisterState pointer, int offset, int size, int value)
    {
        if (value < 0) return;
        MapDefinition map = a.Maps[pointer.Target];
        if (SpecialFields.IsKptr(a, pointer, offset))
        {
            SpecialFields.LoadKptr(a, register, offset, size, value);
            return;
        }

        if (pointer.HasConstantRange && map.IsReadOnlyToPrograms && map.InitialValue is { } bytes && map.Role is MapRole.ReadOnlyData or MapRole.Kconfig && IsFrozen(map))
        {
            long at = offset + (long)pointer.Range.Bits.Value;
            if (at >= 0 && at + size <= bytes.Length)
            {
                ulong number = 0;
                for (int i = size - 1; i >= 0; i--) number = (number << 8) | bytes[(int)at + i];
                a.SetConstant(value, number);
                return;
            }
        }

        a.SetUnknown(value);
    }

    private static bool IsFrozen(MapDefinition map) => map.Type == MapType.Array && map.MaxEntries == 1;

    /// <summary>The stack is accessed aligned; other memory only where the program asks for strict alignment.</summary>
    internal static void CheckAlignment(Analysis a, int register, in RegisterState pointer, int offset, int size, bool isStrict)
    {
        if (size == 1 || (pointer.Kind != RegisterKind.Stack && !isStrict)) return;
        switch (pointer.Kind)
        {
            case RegisterKind.Stack:
                break;
            case RegisterKind.Packet or RegisterKind.PacketMeta:
                offset += 2; // the network header is aligned, the packet's start is two bytes before (NET_IP_ALIGN)
                break;
            case RegisterKind.Arena or RegisterKind.BtfObject or RegisterKind.Scalar:
                return;
        }

        ulong place = (ulong)(pointer.Offset + (long)offset);
        if (Domain.Tnum.Add(pointer.Range.Bits, Domain.Tnum.Const(place)).IsAligned((ulong)size)) return;
        a.Refuse(ViolationKind.Misaligned, register, $"an access of {size} bytes at offset {StateText.Distance(pointer, offset)} of {StateText.Kind(pointer)} is not aligned");
    }
}
