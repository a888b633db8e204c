// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Lowering;

/// <summary>A program needs the whole record of its event and was begun for a hook that has none: it is begun again.</summary>
internal sealed class RecordNeededException : Exception;
