// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier.Domain;
using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Loads and stores through the context.</summary>
internal static class ContextCheck
{
    internal static void Check(Analysis a, int register, int offset, int size, bool write, int value)
    {
        ref RegisterState pointer = ref a.Registers[register];
        if (!pointer.HasConstantRange) CheckVariable(a, register, offset, size, write, value);
        else if (pointer.Offset != 0 || pointer.Range.Bits.Value != 0)
        {
            a.Refuse(ViolationKind.ModifiedPointer, register, $"r{register} is the context at offset {StateText.Distance(pointer, 0)}: fields are reached from where it began");
        }

        if (ContextRules.AllowsVariableOffset(a.Input.Type) && !pointer.HasConstantRange)
        {
            if (!write && value >= 0) a.SetUnknown(value);
            return;
        }

        bool extendsSign = !write && value >= 0 && a.Row.Operation == Isa.Operation.LoadSx;
        ContextAccess access = Ask(a, offset, size, write, extendsSign);
        if (!access.IsAllowed) Refuse(a, register, offset, size, write, access);
        if (write || value < 0) return;
        a.Registers[value] = Loaded(a, access);
        if (access.IsReturnValue) SetReturned(a, ref a.Registers[value]);
    }

    /// <summary>A security hook sees what the hook before it returned, which kept to the same rule.</summary>
    private static void SetReturned(Analysis a, ref RegisterState value)
    {
        ReturnRule rule = ReturnRules.For(a.Calls.Traits, ReturnPlace.Program);
        if (rule.Kind == Rules.ReturnCheck.Range && value.Kind == RegisterKind.Scalar) value.Range = ScalarRange.Signed(rule.Minimum, rule.Maximum);
    }

    /// <summary>Memory of the context that a helper reads: syscall programs only, whose context is plain memory.</summary>
    internal static void CheckHelper(Analysis a, int register, int size, bool write, bool zeroAllowed)
    {
        ref RegisterState pointer = ref a.Registers[register];
        if (size == 0 && zeroAllowed) return;
        if (a.Input.Type != ProgramType.Syscall)
        {
            a.Refuse(ViolationKind.ArgumentMemory, register, $"r{register} is the context, memory of {size} bytes is expected");
        }

        if (!pointer.HasConstantRange) a.Refuse(ViolationKind.VariablePointerOffset, register, "the offset in the context has to be a constant");
        int last = pointer.Offset + (int)pointer.Range.Bits.Value + Math.Max(0, size - 1);
        ContextAccess access = Ask(a, last, 1, write, false);
        if (last < 0 || !access.IsAllowed) Refuse(a, register, last, 1, write, access);
    }

    /// <summary>The context is passed on as it came.</summary>
    internal static void CheckUnmodified(Analysis a, int register)
    {
        ref RegisterState pointer = ref a.Registers[register];
        if (pointer.Offset == 0 && pointer.HasConstantRange && pointer.Range.Bits.Value == 0) return;
        a.Refuse(ViolationKind.ModifiedPointer, register, $"r{register} is the context at offset {StateText.Distance(pointer, 0)}: here it has to be as it came");
    }

    private static ContextAccess Ask(Analysis a, int offset, int size, bool write, bool extendsSign) =>
        a.Calls.ContextPrototype != 0
            ? TypedContext.Check(a.Options.KernelTypes!, a.Calls.ContextPrototype, a.Calls.Traits, offset, size, write)
            : ContextRules.Check(a.Calls.Traits, offset, size, write, extendsSign);

    private static void CheckVariable(Analysis a, int register, int offset, int size, bool write, int value)
    {
        ref RegisterState pointer = ref a.Registers[register];
        if (!ContextRules.AllowsVariableOffset(a.Input.Type))
        {
            a.Refuse(ViolationKind.VariablePointerOffset, register, $"the offset in the context has to be a constant, it is {pointer.Range.Format()}");
        }

        RegionAccess.CheckBounds(a, ViolationKind.ContextAccess, register, offset, size, ushort.MaxValue, false);
    }

    private static void Refuse(Analysis a, int register, int offset, int size, bool write, in ContextAccess access)
    {
        string what = access.Field is { } field ? $"field '{field}' of the context" : "the context";
        string sentence = access.Denial switch
        {
            RuleDenial.ReadOnly => $"{what} is read-only for programs of this type",
            RuleDenial.WriteOnly => $"{what} is write-only for programs of this type",
            RuleDenial.Size => $"{what} cannot be accessed with {size} bytes at offset {offset}",
            RuleDenial.Alignment => $"an access of {size} bytes at offset {offset} of the context is not aligned",
            RuleDenial.AttachType => $"{what} is not there for programs with this attach type",
            RuleDenial.TooOld => $"{what} is there since {access.Since}, the kernel asked about is {a.Options.Kernel}",
            RuleDenial.Capability => $"{what} needs a capability that the loader lacks",
            _ => $"bytes {offset} to {offset + size} of the context are no field that may be {(write ? "written" : "read")}",
        };
        a.Refuse(write ? ViolationKind.ContextWrite : ViolationKind.ContextAccess, register, sentence);
    }

    private static RegisterState Loaded(Analysis a, in ContextAccess access)
    {
        RegisterState loaded = access.Result switch
        {
            ContextResult.Packet => RegisterState.Pointer(RegisterKind.Packet),
            ContextResult.PacketEnd => RegisterState.Pointer(RegisterKind.PacketEnd),
            ContextResult.PacketMeta => RegisterState.Pointer(RegisterKind.PacketMeta),
            ContextResult.FlowKeys => RegisterState.Pointer(RegisterKind.FlowKeys),
            ContextResult.SocketCommon => RegisterState.Pointer(RegisterKind.SocketCommon),
            ContextResult.Socket => RegisterState.Pointer(RegisterKind.Socket),
            ContextResult.TracepointBuffer => RegisterState.Pointer(RegisterKind.TracepointBuffer),
            ContextResult.ReadOnlyBuffer => RegisterState.Pointer(RegisterKind.Buffer, PointerFlags.ReadOnly),
            ContextResult.Buffer => RegisterState.Pointer(RegisterKind.Buffer),
            ContextResult.BtfObject => Object(a, access),
            ContextResult.Map => RegisterState.Pointer(RegisterKind.BtfObject, PointerFlags.Trusted),
            _ => RegisterState.Unknown,
        };
        if (access.MaybeNull && loaded.IsPointer)
        {
            loaded.Flags |= PointerFlags.MaybeNull;
            loaded.Id = a.NewId();
        }

        if (access.Result == ContextResult.BtfObject && access.Trust == ContextTrust.Owned) loaded.ReferenceId = a.Acquire();
        return loaded;
    }

    private static RegisterState Object(Analysis a, in ContextAccess access)
    {
        RegisterState loaded = RegisterState.Pointer(RegisterKind.BtfObject, access.Trust switch
        {
            ContextTrust.Trusted or ContextTrust.Owned => PointerFlags.Trusted,
            ContextTrust.Rcu => PointerFlags.Rcu,
            ContextTrust.Untrusted => PointerFlags.Untrusted,
            ContextTrust.User => PointerFlags.User,
            ContextTrust.PerCpu => PointerFlags.PerCpu,
            _ => PointerFlags.None,
        });
        uint type = access.BtfId != 0 || access.BtfType is null ? access.BtfId : a.Options.KernelTypes?.FindByName(access.BtfType, Btf.BtfKind.Struct) ?? 0;
        loaded.Target = (int)type;
        return loaded;
    }
}
