// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.Bpf.Vm.Jit;

/// <summary>Short sequences of instructions that one or two machine instructions do.</summary>
internal static class FusedEmitter
{
    /// <summary>Emits a sequence that starts at the current slot; returns its slots, 0 if there is none.</summary>
    internal static int TryEmit(JitBuilder b, OpcodeInfo row) => 0;
}
