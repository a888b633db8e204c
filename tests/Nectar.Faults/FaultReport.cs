// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Faults;

/// <summary>What a run did, and what it found wrong.</summary>
public sealed class FaultReport
{
    public List<string> Lines { get; } = [];

    public List<string> Problems { get; } = [];
}
