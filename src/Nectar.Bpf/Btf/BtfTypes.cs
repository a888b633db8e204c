// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Btf;

/// <summary>A set of BTF types.</summary>
public sealed class BtfTypes
{
}
