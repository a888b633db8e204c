// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier;
using Nectar.Linux.Maps;

namespace Nectar.Linux.Loading;

/// <summary>What the verifier needs to know of this machine.</summary>
public static class RunningVerifier
{
    /// <summary>Options with the running kernel's types, for programs that follow its pointers, and the processors that it may have.</summary>
    public static VerifierOptions Options => new() { KernelTypes = KernelBtf.Running.TryVmlinux, HighestProcessor = (uint)MapSizes.PossibleCpus - 1 };
}
