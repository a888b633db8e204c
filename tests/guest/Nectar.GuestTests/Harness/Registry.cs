// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.GuestTests.Tests;

namespace Nectar.GuestTests.Harness;

/// <summary>Every test, in the order in which they run.</summary>
internal static class Registry
{
    internal static readonly GuestTest[] All =
    [
        .. HarnessTests.All,
        .. MachineTests.All,
        .. FeatureTests.All,
        .. ProgramTests.All,
        .. MapTests.All,
        .. ObjectTests.All,
        .. KprobeTests.All,
        .. KprobeMultiTests.All,
        .. TrampolineTests.All,
        .. SecurityTests.All,
        .. SampleTests.All,
        .. CompiledTests.All,
        .. TracingTests.All,
        .. FallbackTests.All,
        .. ScriptTests.All,
        .. HookScriptTests.All,
        .. ScriptObjectTests.All,
        .. ToolTests.All,
        .. NetworkTests.All,
        .. SocketTests.All,
        .. UprobeTests.All,
        .. StructOpsTests.All,
        .. EventTests.All,
        .. SectionTests.All,
        .. KillTests.All,
        .. LeakTests.All, // last: what the others left behind
    ];

    /// <summary>Those whose name contains the filter.</summary>
    internal static IReadOnlyList<GuestTest> Matching(IReadOnlyList<GuestTest> tests, string? filter) =>
        string.IsNullOrEmpty(filter) ? tests : [.. tests.Where(test => test.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))];
}
