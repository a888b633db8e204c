// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Binding;

namespace Nectar.Trace.Lowering;

/// <summary>What a map of the script is in the object.</summary>
/// <param name="Map">Of the script.</param>
/// <param name="ObjectName">Its name in the object.</param>
/// <param name="Symbol">The map, unless it is a <paramref name="Variable"/>.</param>
/// <param name="Variable">Scalars that all processors share: a data section of its own, which is an array map of one element that code reaches without a look-up.</param>
/// <param name="IsPerCpu">A value for each processor.</param>
internal sealed record MapStorage(TraceMap Map, string ObjectName, MapSymbol? Symbol, GlobalSymbol? Variable, bool IsPerCpu)
{
    public bool IsArray => Map.IsScalar;
}
