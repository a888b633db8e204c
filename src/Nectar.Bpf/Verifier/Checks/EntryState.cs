// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>What registers hold when the host enters a program.</summary>
internal static class EntryState
{
    internal static void Set(Analysis a, FrameState frame) => frame.Registers[1] = RegisterState.Pointer(RegisterKind.Context);
}
