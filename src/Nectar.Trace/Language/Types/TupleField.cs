// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Types;

/// <param name="Name">Empty in tuples without names.</param>
internal sealed record TupleField(string Name, TraceType Type, int Offset);
