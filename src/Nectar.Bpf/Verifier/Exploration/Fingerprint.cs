// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Exploration;

/// <summary>A number that differs where states differ, nearly always: most are told apart without looking at them.</summary>
internal static class Fingerprint
{
    /// <summary>Made of kinds, offsets and ranges of the registers of its innermost frame.</summary>
    internal static ulong Of(VerifierState state)
    {
        ulong hash = 14695981039346656037;
        RegisterState[] registers = state.Frame.Registers;
        for (int r = 0; r < 10; r++)
        {
            ref RegisterState register = ref registers[r];
            if (register.Kind == RegisterKind.NotInit) continue;
            hash = (hash ^ ((ulong)register.Kind | ((ulong)r << 8) | ((ulong)(uint)register.Offset << 16))) * 1099511628211;
            hash = (hash ^ register.Range.Bits.Value) * 1099511628211;
            hash = (hash ^ (register.Range.UMin + (register.Range.UMax << 1) + ((ulong)register.Range.SMax << 2))) * 1099511628211;
        }

        return hash;
    }
}
