// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm.Jit;

/// <summary>The hottest helpers as machine code.</summary>
internal static class InlineHelpers
{
    /// <summary>Emits a helper inline; false if it has to be called.</summary>
    internal static bool TryEmit(JitBuilder b, int id) => false;
}
