// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Events;

namespace Nectar.Linux.Maps;

// The memory that programs and user space share.
public sealed partial class KernelMap
{
    internal override RingMemory OpenRing() => Definition.Type == MapType.RingBuf ? KernelRingMemory.OpenForReading(this) : base.OpenRing();

    internal override RingMemory OpenUserRing() => Definition.Type == MapType.UserRingBuf ? KernelRingMemory.OpenForWriting(this) : base.OpenUserRing();

    internal override PerfMemory OpenPerf(PerfBufferOptions options) => Definition.Type == MapType.PerfEventArray ? new KernelPerfMemory(this, options) : base.OpenPerf(options);
}
