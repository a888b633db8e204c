// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier;

namespace Nectar.VerifierCorpus;

/// <summary>One program with the kernel's verdict.</summary>
/// <param name="Corpus">Where it is from: <c>progs-6.12</c>, <c>other-6.12</c>, <c>verifier-6.1</c>, …</param>
/// <param name="Name">Its name there: object and program, or the description of the case.</param>
/// <param name="Kernel">What the kernel says.</param>
/// <param name="MakeInput">Makes what our verifier gets.</param>
internal sealed record CorpusCase(string Corpus, string Name, KernelVerdict Kernel, Func<VerifierInput> MakeInput)
{
    public override string ToString() => $"{Corpus} {Name}";
}
