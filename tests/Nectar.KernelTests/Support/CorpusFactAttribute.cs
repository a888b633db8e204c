// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.VerifierCorpus;
using Xunit;

namespace Nectar.KernelTests.Support;

/// <summary>A test over the recorded verifier corpus; skipped, with the reason, where it cannot be made.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CorpusFactAttribute : FactAttribute
{
    public CorpusFactAttribute() => Skip = BpfAccess.Unavailable ?? CorpusFolder.Unavailable();
}
