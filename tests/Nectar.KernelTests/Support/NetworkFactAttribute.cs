// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.KernelTests.Support;

/// <summary>A test that makes network namespaces, and may need tools beside <c>ip</c>; skipped, with the reason, where that is not possible.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NetworkFactAttribute(params string[] tools) : MachineFactAttribute(NetworkNamespace.Unavailable, tools);
