// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;

namespace Nectar.Bpf.Verifier;

/// <summary>What a program finds in this process instead of a kernel.</summary>
/// <param name="Maps">The maps as they were made, in the order of the object.</param>
/// <param name="AddressOf">The address of a symbol; null if this process has none of that name.</param>
internal sealed record HostBindings(IReadOnlyList<MapDefinition> Maps, Func<string, ulong?> AddressOf);
