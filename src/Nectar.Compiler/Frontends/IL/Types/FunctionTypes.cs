// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;

namespace Nectar.Compiler.Frontends.IL.Types;

/// <summary>FUNC and FUNC_PROTO of programs, subprograms and functions of the kernel.</summary>
internal static class FunctionTypes
{
    /// <summary>
    /// The entry of a program: <c>int name(struct xdp_md *ctx)</c>. Typed parameters are read from an array behind the context, so the function
    /// itself has the context only; the kernel compares its type with the kind of program.
    /// </summary>
    public static uint Program(BtfTypeMapper types, ProgramModel program)
    {
        BtfParameter context = new("ctx", program.ContextPointer is { Shape: TypeShape.Pointer } pointer ? types.PointerTo(pointer.Element!)
            : program.Method.Parameters is [{ Type: { Shape: TypeShape.Pointer } only }] && program.Parameters == ProgramParameters.Context ? types.PointerTo(only.Element!)
            : types.PointerTo(program.Method.DeclaringType.Context.Primitive(System.Reflection.Metadata.PrimitiveTypeCode.UInt64)));
        uint prototype = types.Builder.AddFuncProto(types.Int, [context]);
        return types.Builder.AddFunc(program.Name, prototype, (uint)FunctionLinkage.Global);
    }

    /// <summary>A subprogram or callback, named as its symbol.</summary>
    /// <param name="types">Receives the types.</param>
    /// <param name="method">The method; <c>this</c> of an instance method is left out, it does not exist in the kernel.</param>
    /// <param name="symbol">The symbol: a C identifier.</param>
    /// <param name="isGlobal">Verified on its own.</param>
    public static uint Subprogram(BtfTypeMapper types, MethodModel method, string symbol, bool isGlobal) =>
        types.Builder.AddFunc(symbol, Prototype(types, method), (uint)(isGlobal ? FunctionLinkage.Global : FunctionLinkage.Static));

    /// <summary>A function of the kernel that the method stands for.</summary>
    public static uint Kernel(BtfTypeMapper types, MethodModel method, string name) => types.Builder.AddFunc(name, Prototype(types, method), (uint)FunctionLinkage.Extern);

    private static uint Prototype(BtfTypeMapper types, MethodModel method)
    {
        BtfParameter[] parameters = [.. method.Parameters.Select(parameter => new BtfParameter(MemberNames.Identifier(parameter.Name), types.Of(parameter.Type)))];
        return types.Builder.AddFuncProto(types.Of(method.ReturnType), parameters);
    }
}
