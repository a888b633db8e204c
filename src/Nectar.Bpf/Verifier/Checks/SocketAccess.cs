// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Verifier.Explanations;
using Nectar.Bpf.Verifier.Rules;
using Nectar.Bpf.Verifier.States;

namespace Nectar.Bpf.Verifier.Checks;

/// <summary>Loads from sockets: <c>struct bpf_sock</c>, <c>bpf_tcp_sock</c> and <c>bpf_xdp_sock</c> of uapi/linux/bpf.h.</summary>
internal static class SocketAccess
{
    internal static void Check(Analysis a, int register, int offset, int size, bool write, int value)
    {
        ref RegisterState pointer = ref a.Registers[register];
        if (write) a.Refuse(ViolationKind.SocketAccess, register, "sockets are read-only");
        if (!pointer.HasConstantRange || pointer.Range.SMin < 0)
        {
            a.Refuse(ViolationKind.VariablePointerOffset, register, $"the offset in {StateText.Kind(pointer)} has to be a constant");
        }

        ContextAccess access = pointer.Kind switch
        {
            RegisterKind.Socket => ContextRules.CheckSocket(ContextResult.Socket, offset, size, false),
            RegisterKind.SocketCommon => ContextRules.CheckSocket(ContextResult.SocketCommon, offset, size, false),
            RegisterKind.TcpSocket => ContextRules.CheckTcpSocket(offset, size, false),
            _ => ContextRules.CheckXdpSocket(offset, size, false),
        };
        if (!access.IsAllowed) a.Refuse(ViolationKind.SocketAccess, register, $"bytes {offset} to {offset + size} are no field of {StateText.Kind(pointer)}");
        if (value >= 0) a.SetUnknown(value);
    }
}
