// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>A boxed value on its way into an exception, or to be compared with null: more cannot be done with it.</summary>
internal sealed record BoxedObject(TypeModel Type) : KnownObject
{
    public override string Display => $"a boxed '{Type.DisplayName}'";
}
