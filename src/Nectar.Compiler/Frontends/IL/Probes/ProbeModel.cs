// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;

namespace Nectar.Compiler.Frontends.IL.Probes;

/// <summary>A probe: a class with its programs. Maps and globals are found by running its constructor (<see cref="ProbeObject"/>).</summary>
/// <param name="Type">The class.</param>
/// <param name="Name">The object's name.</param>
/// <param name="License">The licence of its programs.</param>
/// <param name="Programs">In the order of the class.</param>
internal sealed record ProbeModel(TypeModel Type, string Name, string License, IReadOnlyList<ProgramModel> Programs);
