// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Checks;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Calls;

/// <summary>What an argument of a global function is, as its type and tags say.</summary>
internal enum GlobalArgument : byte
{
    Number,
    Context,
    Memory,
    Dynptr,
    Object,
    Arena,
}

/// <summary>An argument of a global function.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Bytes of the memory.</param>
/// <param name="MaybeNull">True if null may be passed.</param>
/// <param name="TypeId">For objects the type among the kernel's.</param>
/// <param name="IsUntrusted">True for memory and objects that may be anything.</param>
internal readonly record struct GlobalParameter(GlobalArgument Kind, int Size, bool MaybeNull, int TypeId, bool IsUntrusted);

/// <summary>Global functions: verified once on their own, for all arguments that their types allow.</summary>
internal static class GlobalFunctions
{
    /// <summary>Checks a call: the arguments have to be what the function's types promise.</summary>
    internal static void CheckCall(Analysis a, int subprogram)
    {
        string name = NameOf(a, subprogram);
        if (a.State.ActiveLocks > 0) a.Refuse(ViolationKind.CallWhileLocked, -1, $"the global function '{name}' is called while a lock is held");
        if (a.State.ActivePreemptLocks > 0 && !a.Since(6, 15)) a.Refuse(ViolationKind.GlobalCallInRegion, -1, $"the global function '{name}' is called while preemption is off");
        if (a.Program.MaySleep[subprogram])
        {
            if (!a.IsSleepable) a.Refuse(ViolationKind.SleepInProgram, -1, $"the global function '{name}' may sleep, and the code that runs here may not");
            CallRegions.NeedSleep(a, $"the global function '{name}'");
        }

        GlobalParameter[] parameters = Parameters(a, subprogram);
        for (int i = 0; i < parameters.Length; i++) CheckArgument(a, i + 1, parameters[i], name);
        a.CalledGlobals[subprogram] = true;
        if (a.Program.ChangesPacket[subprogram]) PacketPointers.Invalidate(a);
        SubprogramCall.ClearCallerSaved(a.Frame);
        a.SetUnknown(0);
    }

    /// <summary>Sets the registers that a global function begins with.</summary>
    internal static void SetArguments(Analysis a, int subprogram, FrameState frame)
    {
        GlobalParameter[] parameters = Parameters(a, subprogram);
        if (subprogram == a.Program.ExceptionCallback && (parameters.Length != 1 || parameters[0].Kind != GlobalArgument.Number))
        {
            a.Refuse(ViolationKind.ExceptionCallback, -1, $"the exception callback '{NameOf(a, subprogram)}' has to take one number");
        }

        for (int i = 0; i < parameters.Length; i++)
        {
            GlobalParameter parameter = parameters[i];
            RegisterState register = parameter.Kind switch
            {
                GlobalArgument.Context => RegisterState.Pointer(RegisterKind.Context),
                GlobalArgument.Memory => RegisterState.Pointer(RegisterKind.Memory),
                GlobalArgument.Dynptr => RegisterState.Pointer(RegisterKind.Dynptr),
                GlobalArgument.Object => RegisterState.Pointer(RegisterKind.BtfObject, parameter.IsUntrusted ? PointerFlags.Untrusted : PointerFlags.Trusted),
                GlobalArgument.Arena => RegisterState.Pointer(RegisterKind.Arena),
                _ => RegisterState.Unknown,
            };
            if (parameter.Kind == GlobalArgument.Memory)
            {
                register.Extent = parameter.Size;
                if (parameter.IsUntrusted) register.Flags |= PointerFlags.Untrusted | PointerFlags.ReadOnly;
            }

            if (parameter.Kind == GlobalArgument.Object) register.Target = parameter.TypeId;
            if (parameter.Kind == GlobalArgument.Dynptr) register.Id = a.NewId();
            if (parameter.MaybeNull)
            {
                register.Flags |= PointerFlags.MaybeNull;
                register.Id = a.NewId();
            }

            frame.Registers[i + 1] = register;
        }
    }

    private static void CheckArgument(Analysis a, int register, GlobalParameter parameter, string name)
    {
        a.NeedRegister(register);
        ref RegisterState value = ref a.Registers[register];
        void Refuse(string expected) => a.Refuse(ViolationKind.GlobalArgument, register, $"r{register} of the call of '{name}' is {StateText.Of(a.Registers[register])}, {expected} is expected");
        switch (parameter.Kind)
        {
            case GlobalArgument.Number:
                if (value.Kind != RegisterKind.Scalar) Refuse("a number");
                return;
            case GlobalArgument.Context:
                if (value.Kind != RegisterKind.Context) Refuse("the context");
                ContextCheck.CheckUnmodified(a, register);
                return;
            case GlobalArgument.Memory:
                if (parameter.IsUntrusted) return;
                if (value.IsNull && parameter.MaybeNull) return;
                if (value.MaybeNull && !parameter.MaybeNull) Refuse("memory that is not null");
                CheckMemory(a, register, parameter.Size);
                return;
            case GlobalArgument.Dynptr:
                ArgumentOffset.CheckArgument(a, register, isReleased: false, isDynptr: true);
                Dynptrs.Need(a, register, mayChange: false);
                return;
            case GlobalArgument.Arena:
                if (value.Kind is not (RegisterKind.Arena or RegisterKind.Scalar)) Refuse("an address in the arena");
                return;
            default:
                if (value.IsNull && parameter.MaybeNull) return;
                if (parameter.IsUntrusted && value.Kind is RegisterKind.BtfObject or RegisterKind.Scalar) return;
                if (value.Kind != RegisterKind.BtfObject || (value.MaybeNull && !parameter.MaybeNull) || (value.Flags & ~PointerFlags.MaybeNull) is not (0 or PointerFlags.Trusted or PointerFlags.Rcu) || !TypeMatch.IsSame(a, value.Origin, (uint)value.Target, value.Offset, 0, (uint)parameter.TypeId, strict: false))
                {
                    Refuse("a trusted kernel object of the declared type");
                }

                return;
        }
    }

    private static void CheckMemory(Analysis a, int register, int size)
    {
        RegisterState saved = a.Registers[register];
        a.Registers[register].Flags &= ~PointerFlags.MaybeNull;
        RawMemory none = default;
        MemoryAccess.CheckHelperRegion(a, register, size, false, true, ref none);
        MemoryAccess.CheckHelperRegion(a, register, size, true, true, ref none);
        a.Registers[register] = saved;
    }

    internal static string NameOf(Analysis a, int subprogram) =>
        a.Program.Functions[subprogram] is >= 0 and int index ? a.Input.Functions[index].Name : $"function at {a.Program.Starts[subprogram]}";

    /// <summary>The arguments of a global function by its types.</summary>
    internal static GlobalParameter[] Parameters(Analysis a, int subprogram)
    {
        if (a.GlobalParameters[subprogram] is { } known) return known;
        string name = NameOf(a, subprogram);
        if (a.Input.Types is not { } types || a.Program.Functions[subprogram] is not (>= 0 and int index) || a.Input.Functions[index].TypeId == 0)
        {
            a.Refuse(ViolationKind.MissingFunctionTypes, -1, $"the global function '{name}' has no type information");
            return [];
        }

        uint functionId = a.Input.Functions[index].TypeId;
        BtfType proto = types[types[functionId].TypeId];
        BtfParameter[] parameters = [.. Enumerable.Range(0, proto.Count).Select(proto.Parameter)];
        if (parameters.Length > 5) a.Refuse(ViolationKind.GlobalPrototype, -1, $"the global function '{name}' has {parameters.Length} arguments, at most 5 are allowed");
        BtfKind result = types[types.Resolve(proto.TypeId)].Kind;
        if (result is not (BtfKind.Int or BtfKind.Enum or BtfKind.Enum64) && !(result == BtfKind.Void && a.Since(6, 19)))
        {
            a.Refuse(ViolationKind.GlobalReturn, -1, $"the global function '{name}' has to return a number");
        }

        GlobalParameter[] made = new GlobalParameter[parameters.Length];
        for (int i = 0; i < made.Length; i++) made[i] = GlobalParameterReader.Read(a, types, functionId, i, parameters[i].TypeId, name);
        a.GlobalParameters[subprogram] = made;
        return made;
    }
}
