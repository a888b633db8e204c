// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Loading;

/// <summary>What older kernels do not know, and how an object is changed for them.</summary>
internal static class KernelSupport
{
    internal const uint SleepableFlag = 1 << 4;

    /// <summary>Loads an object's types; where the kernel refuses, once more with the kinds that it lacks written as older ones of the same size.</summary>
    internal static KernelHandle LoadTypes(BtfEditor types, string objectName)
    {
        byte[] bytes = types.ToBytes();
        if (BtfObjects.TryLoad(bytes, out KernelHandle? handle) == Errno.None) return handle!;
        TypeDowngrade.Apply(types);
        byte[] older = types.ToBytes();
        return BtfObjects.TryLoad(older, out handle) == Errno.None ? handle! : BtfObjects.Load(bytes, objectName);
    }
}
