// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Language.Types;

/// <summary>What <c>nsecs</c> counts from; <c>strftime</c> turns it into a date.</summary>
internal enum ClockKind : byte
{
    Boot, Monotonic, Tai,
    /// <summary>TAI computed in user space, for kernels without the helper.</summary>
    SoftwareTai,
}
