// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using static Nectar.Bpf.Vm.ArgumentKind;

namespace Nectar.Bpf.Vm;

/// <summary>The rows of the table.</summary>
public static unsafe partial class HelperTable
{
    static partial void AddAll()
    {
        Add(5, &TimeHelpers.KtimeGetNs, ReturnKind.Scalar);
        Add(7, &TimeHelpers.GetPrandomU32, ReturnKind.Scalar);
        Add(8, &TimeHelpers.GetSmpProcessorId, ReturnKind.Scalar);
        Add(12, &TimeHelpers.TailCallInCallback, ReturnKind.Scalar, Context, ConstMap, Scalar);
    }
}
