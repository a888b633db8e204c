// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Rules;

namespace Nectar.Bpf.Vm;

/// <summary>A prototype in the words of the public table.</summary>
/// <param name="Arguments">What it takes.</param>
/// <param name="Returns">What it leaves in r0.</param>
/// <param name="Effects">What it does beside.</param>
internal sealed record HelperShape(ArgumentKind[] Arguments, ReturnKind Returns, HelperEffects Effects)
{
    /// <summary>The shape of a helper from its prototype.</summary>
    internal static HelperShape Of(HelperPrototype prototype)
    {
        HelperEffects effects = HelperEffects.None;
        if (prototype.Has(HelperTraits.ChangesPacket)) effects |= HelperEffects.WritesPacket;
        if (prototype.Has(HelperTraits.GplOnly)) effects |= HelperEffects.GplOnly;
        if ((prototype.Traits & (HelperTraits.SynchronousCallback | HelperTraits.AsynchronousCallback)) != 0) effects |= HelperEffects.CallsBack;
        return new HelperShape(Array.ConvertAll(prototype.Parameters, ArgumentOf), ReturnOf(prototype.Result), effects);
    }

    private static ArgumentKind ArgumentOf(Parameter parameter) => parameter.Kind switch
    {
        ParameterKind.Anything => ArgumentKind.Anything,
        ParameterKind.Scalar => ArgumentKind.Scalar,
        ParameterKind.Context => ArgumentKind.Context,
        ParameterKind.ConstMap => ArgumentKind.ConstMap,
        ParameterKind.MapKey => ArgumentKind.MapKey,
        ParameterKind.MapValue => parameter.MayBeUninitialized ? ArgumentKind.UninitMapValue : ArgumentKind.MapValue,
        ParameterKind.Memory when parameter.IsWritten => (parameter.Flags & ParameterFlags.FixedSize) != 0 ? ArgumentKind.FixedOutput : ArgumentKind.UninitMemory,
        ParameterKind.Memory => parameter.MaybeNull ? ArgumentKind.MemoryOrNull : ArgumentKind.Memory,
        ParameterKind.Size => ArgumentKind.Size,
        ParameterKind.SizeOrZero => ArgumentKind.SizeOrZero,
        ParameterKind.AllocationSize => ArgumentKind.ConstSize,
        ParameterKind.SpinLock or ParameterKind.Timer or ParameterKind.KptrSlot => ArgumentKind.MapValueField,
        ParameterKind.SocketCommon or ParameterKind.Socket or ParameterKind.BtfSocketCommon => ArgumentKind.Socket,
        ParameterKind.BtfObject or ParameterKind.PerCpuBtfObject => ArgumentKind.BtfObject,
        ParameterKind.RingRecord => ArgumentKind.AllocatedMemory,
        ParameterKind.Function => ArgumentKind.Function,
        ParameterKind.Stack => ArgumentKind.StackOrNull,
        ParameterKind.ConstString => ArgumentKind.ConstString,
        ParameterKind.Dynptr => parameter.MayBeUninitialized ? ArgumentKind.UninitDynptr : ArgumentKind.Dynptr,
        _ => ArgumentKind.None,
    };

    private static ReturnKind ReturnOf(HelperResult result) => result.Kind switch
    {
        ResultKind.Integer => ReturnKind.Scalar,
        ResultKind.Void => ReturnKind.Void,
        ResultKind.MapValue => ReturnKind.MapValueOrNull,
        ResultKind.Socket or ResultKind.SocketCommon or ResultKind.TcpSocket => ReturnKind.SocketOrNull,
        ResultKind.RingRecord => ReturnKind.AllocatedMemoryOrNull,
        ResultKind.Memory => ReturnKind.MemoryOrNull,
        _ => ReturnKind.BtfObject,
    };
}
