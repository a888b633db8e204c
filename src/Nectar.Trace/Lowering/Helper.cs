// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Trace.Lowering;

/// <summary>Numbers of helpers that code is made of (include/uapi/linux/bpf.h).</summary>
internal static class Helper
{
    public const int MapLookup = 1, MapUpdate = 2, MapDelete = 3, ProbeRead = 4, KtimeGetNs = 5, GetProcessorId = 8, ProbeReadString = 45, ProbeReadUser = 112, ProbeReadKernel = 113, ProbeReadUserString = 114, ProbeReadKernelString = 115,
        RingOutput = 130, RingReserve = 131, RingSubmit = 132, RingDiscard = 133, GetCurrentTaskBtf = 158, ForEachMapElement = 164, Loop = 181, MapLookupPerCpu = 195;
}
