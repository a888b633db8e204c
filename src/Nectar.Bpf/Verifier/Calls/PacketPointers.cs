// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Pointers into the packet.</summary>
internal static class PacketPointers
{
    /// <summary>The packet changed: pointers into it, and slices of dynptrs over it, are void.</summary>
    internal static void Invalidate(Analysis a) => a.ForEachRegister(static (ref RegisterState register) =>
    {
        bool isPacket = register.IsPacket || register.Kind == RegisterKind.PacketEnd;
        if (isPacket || (register.Kind == RegisterKind.Memory && (register.Flags & PointerFlags.PacketSlice) != 0)) register = RegisterState.Unknown;
    });
}
