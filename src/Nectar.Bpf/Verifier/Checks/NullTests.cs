// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>What a test for null teaches of all copies of an address.</summary>
internal static class NullTests
{
    /// <summary>The register was tested: all registers with its id are null, or none is.</summary>
    internal static void Learn(Analysis a, VerifierState state, int register, bool isNull)
    {
        int id = state.Registers[register].Id, reference = state.Registers[register].ReferenceId;
        if (isNull && reference != 0 && reference == id && state.FindReference(id) is >= 0 and int index) state.RemoveReferenceAt(index);
        for (int f = 0; f <= state.Depth; f++)
        {
            FrameState frame = state.Frames[f]!;
            for (int r = 0; r < 10; r++) Learn(a, ref frame.Registers[r], id, isNull);
            for (int s = 0; s < frame.StackSlots; s++)
            {
                if (frame.Stack[s].IsSpill) Learn(a, ref frame.Stack[s].Spilled, id, isNull);
            }
        }
    }

    /// <summary>An address that may be null is not.</summary>
    internal static void SetNotNull(Analysis a, ref RegisterState register)
    {
        register.Flags &= ~PointerFlags.MaybeNull;
        if (register.Kind != RegisterKind.MapValue) return;
        int inner = a.Maps.InnerOf(register.Target);
        if (inner >= 0)
        {
            register.Kind = RegisterKind.ConstMap;
            register.Target = inner;
            register.Origin = register.Id;
            return;
        }

        switch (a.Maps[register.Target].Type)
        {
            case MapType.XskMap:
                register.Kind = RegisterKind.XdpSocket;
                break;
            case MapType.SockMap or MapType.SockHash:
                register.Kind = RegisterKind.Socket;
                break;
        }
    }

    private static void Learn(Analysis a, ref RegisterState register, int id, bool isNull)
    {
        if (!register.IsPointer || !register.MaybeNull || register.Id != id) return;
        if (isNull)
        {
            register = RegisterState.Constant(0);
            return;
        }

        SetNotNull(a, ref register);
        // the id of what may hold a lock tells the lock from others
        if (!Calls.Locks.MayHoldLock(a, register)) register.Id = 0;
    }

}
