// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>Helpers that have rules of their own (<c>enum bpf_func_id</c>).</summary>
internal static class HelperId
{
    internal const int MapLookup = 1, MapUpdate = 2, MapDelete = 3, GetProcessorId = 8, TailCall = 12, ProbeReadString = 45, RedirectMap = 51, GetStack = 67,
        GetLocalStorage = 81, SkRelease = 86, MapPush = 87, MapPop = 88, MapPeek = 89, SpinLock = 93, SpinUnlock = 94, ProbeReadUserString = 114,
        ProbeReadKernelString = 115, GetTaskStack = 141, PerCpuPointer = 153, ThisCpuPointer = 154, ForEachMapElement = 164, Snprintf = 165,
        TimerSetCallback = 170, GetFunctionAddress = 173, FindVma = 180, Loop = 181, SetReturnValue = 187, KptrExchange = 194, MapLookupPerCpu = 195,
        DynptrFromMemory = 197, DynptrWrite = 202, DynptrData = 203, UserRingDrain = 209;
}
