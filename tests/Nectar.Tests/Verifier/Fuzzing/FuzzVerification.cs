// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier;

namespace Nectar.Tests.Verifier.Fuzzing;

/// <summary>Our verifier over generated programs.</summary>
internal static class FuzzVerification
{
    /// <summary>What BPF_PROG_LOAD would get.</summary>
    public static VerifierInput Input(FuzzProgram program) => new()
    {
        Name = $"fuzz{program.Seed}",
        Instructions = program.Code,
        Type = program.Type,
        AttachType = program.Attach,
        Maps = FuzzMaps.All,
    };

    public static VerificationResult Verify(FuzzProgram program, VerifierOptions? options = null) => ProgramVerifier.Verify(Input(program), options ?? new VerifierOptions { Mode = VerifierMode.Paths });
}
