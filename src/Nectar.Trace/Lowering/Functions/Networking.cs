// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Net;
using Nectar.Compiler.Ir;
using Nectar.Trace.Language.Types;

namespace Nectar.Trace.Lowering.Functions;

/// <summary>Addresses and sockets.</summary>
internal static class Networking
{
    private const int Inet = 2, Inet6 = 10;
    private const int MacSize = 6;

    public static readonly FunctionEntry[] Functions =
    [
        FunctionEntry.Bytes("ntop", WriteAddress),
        FunctionEntry.Of("pton", ParseAddress),
        FunctionEntry.Bytes("macaddr", WriteMac),
        FunctionEntry.Of("socket_cookie", SocketCookie),
        FunctionEntry.Of("bswap", Swap),
    ];

    /// <summary>5.12: of a socket whose type the verifier knows.</summary>
    private static Operand SocketCookie(ProbeLowering probe, CallSite site)
    {
        probe.NeedTypes(site);
        return probe.Scalar(site, probe.Call("bpf_get_socket_cookie", probe.LowerScalar(site[0])));
    }

    /// <summary>u64 family, 16 bytes of address.</summary>
    private static void WriteAddress(ProbeLowering probe, CallSite site, Value destination, bool padded)
    {
        IrBuilder code = probe.Builder;
        Language.Syntax.Expression address = site[site.Count - 1];
        bool isNumber = address.Type.Kind is TypeKind.Integer or TypeKind.Pointer;
        int size = isNumber ? 4 : Math.Min(16, address.Type.Size);
        Value family = site.Count > 1 ? probe.LowerScalar(site[0]) : probe.Number(size <= 4 ? Inet : Inet6);
        Value bytes = code.Offset(destination, 8);
        if (isNumber)
        {
            Value number = probe.LowerScalar(address);
            code.Store(destination, family, 8);
            probe.Zero(bytes, 16);
            code.Store(bytes, number, 4);
            return;
        }

        Operand operand = probe.Lower(address);
        code.Store(destination, family, 8);
        probe.Zero(bytes, 16);
        CopyBytes(probe, bytes, operand, size, site);
    }

    private static Operand ParseAddress(ProbeLowering probe, CallSite site)
    {
        string text = site[0].TextOf() ?? "";
        if (!IPAddress.TryParse(text, out IPAddress? address)) throw probe.Refuse(site[0], $"'{text}' is not an IPv4 or IPv6 address");
        return Operand.Memory(site.Type, probe.Constant(address.GetAddressBytes()));
    }

    private static void WriteMac(ProbeLowering probe, CallSite site, Value destination, bool padded)
    {
        Operand operand = probe.Lower(site[0]);
        probe.Zero(destination, MacSize);
        CopyBytes(probe, destination, operand, Math.Min(MacSize, operand.IsScalar ? MacSize : operand.Type.Size), site);
    }

    private static void CopyBytes(ProbeLowering probe, Value to, Operand from, int size, CallSite site)
    {
        if (from.Kind == OperandKind.Memory) probe.Builder.MemoryCopy(to, from.Value, size);
        else if (from.Kind == OperandKind.Context) probe.ReadBytes(to, probe.Number(size), probe.Builder.PointerToInteger(from.Value), AddressSpace.Kernel, site.Node); // fields of events need not be aligned
        else probe.ReadBytes(to, probe.Number(size), from.Value, from.Type.Space, site.Node);
    }

    private static Operand Swap(ProbeLowering probe, CallSite site)
    {
        Value number = probe.LowerScalar(site[0]);
        int size = site[0].Type.Size;
        return probe.Scalar(site, size > 1 ? probe.Builder.ByteSwap(number, size) : probe.Builder.ZeroExtend(number, 1, IrType.I64));
    }
}
