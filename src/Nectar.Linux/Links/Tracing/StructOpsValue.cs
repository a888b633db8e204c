// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using System.Collections.Immutable;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Linux.Tracing;

namespace Nectar.Linux.Links.Tracing;

/// <summary>A function of a struct_ops value that a program implements.</summary>
/// <param name="Member">The member's name.</param>
/// <param name="Program">The program's name.</param>
/// <param name="MemberIndex">The member's number in the kernel's struct: what the program says at load as its attach type.</param>
/// <param name="Offset">Where the value takes the program's descriptor.</param>
internal readonly record struct StructOpsFunction(string Member, string Program, int MemberIndex, int Offset);

/// <summary>
/// The value of a struct_ops map in the kernel's own layout, made of an object's variable member by member and by name, since the
/// object may know an older or newer struct. What the kernel wants is <c>struct bpf_struct_ops_NAME</c>, which holds <c>struct NAME</c>.
/// </summary>
internal sealed class StructOpsValue
{
    private const string Prefix = "bpf_struct_ops_";
    private readonly byte[] _bytes;

    private StructOpsValue(string typeName, uint kernelTypeId, uint valueTypeId, byte[] bytes, ImmutableArray<StructOpsFunction> functions)
    {
        TypeName = typeName;
        KernelTypeId = kernelTypeId;
        ValueTypeId = valueTypeId;
        _bytes = bytes;
        Functions = functions;
    }

    /// <summary>The struct's name: <c>tcp_congestion_ops</c>.</summary>
    internal string TypeName { get; }

    /// <summary>The struct in the kernel's types: what programs say they are for.</summary>
    internal uint KernelTypeId { get; }

    /// <summary>The struct around it: the map's value.</summary>
    internal uint ValueTypeId { get; }

    /// <summary>The functions that programs implement.</summary>
    internal ImmutableArray<StructOpsFunction> Functions { get; }

    /// <summary>The value.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The kernel's name of a local struct: without a flavour (<c>___old</c>).</summary>
    internal static string KernelName(string localName) => localName.IndexOf("___", StringComparison.Ordinal) is > 0 and int flavour ? localName[..flavour] : localName;

    /// <summary>The name of the struct that holds a struct and that a map's values have.</summary>
    internal static string ValueName(string kernelName) => Prefix + kernelName;

    /// <summary>Converts.</summary>
    /// <param name="name">The variable's name, for messages.</param>
    /// <param name="local">The object's types.</param>
    /// <param name="localTypeId">The variable's struct.</param>
    /// <param name="data">The variable's bytes.</param>
    /// <param name="slots">The programs in it, by the offset of their member.</param>
    /// <param name="kernel">The types of the kernel, or of the module that has the struct.</param>
    /// <exception cref="KernelException">NEC4107: the kernel has no such struct, or a member does not suit it.</exception>
    internal static StructOpsValue Convert(string name, BtfTypes local, uint localTypeId, ReadOnlySpan<byte> data, IReadOnlyList<(uint Index, string Symbol)> slots, BtfTypes kernel)
    {
        BtfType type = local[local.Resolve(localTypeId)];
        string typeName = KernelName(type.Name);
        uint valueId = kernel.FindByName(ValueName(typeName), BtfKind.Struct), structId = kernel.FindByName(typeName, BtfKind.Struct);
        if (valueId == 0 || structId == 0) throw Wrong(name, $"the kernel has no struct_ops '{typeName}'", $"note: it would have struct {ValueName(typeName)} in its types", "help: it may be in a module that is not loaded, or need an option of the kernel's configuration");
        if (FindData(kernel, kernel[valueId], structId) is not { } start) throw Wrong(name, $"the kernel's struct {ValueName(typeName)} does not hold struct {typeName}");
        byte[] bytes = new byte[kernel[valueId].Size];
        List<StructOpsFunction> functions = [];
        Dictionary<string, int> members = Members(kernel[structId]);
        for (int i = 0; i < type.Count; i++)
        {
            BtfMember member = type.Member(i);
            int offset = (int)(member.BitOffset / 8);
            long size = local.SizeOf(member.TypeId);
            if (size < 0 || offset + size > data.Length) throw Wrong(name, $"member '{member.Name}' of struct {typeName} has no size or lies outside the variable");
            ReadOnlySpan<byte> content = data.Slice(offset, (int)size);
            string? program = slots.FirstOrDefault(slot => slot.Index == (uint)offset && size == 8).Symbol;
            if (!members.TryGetValue(member.Name, out int index))
            {
                if (program is null && !content.ContainsAnyExcept((byte)0)) continue;
                throw Wrong(name, $"the kernel's struct {typeName} has no member '{member.Name}'", [.. NearestNames.Help(member.Name, members.Keys), "note: members that the kernel does not have must be zero"]);
            }

            BtfMember target = kernel[structId].Member(index);
            int place = start + (int)(target.BitOffset / 8);
            if (member.BitFieldSize != 0 || target.BitFieldSize != 0) throw Wrong(name, $"member '{member.Name}' of struct {typeName} is a bit-field, which cannot be set");
            if (program is not null)
            {
                if (!IsFunctionPointer(kernel, target.TypeId)) throw Wrong(name, $"member '{member.Name}' of the kernel's struct {typeName} is no function, but program '{program}' is to be it");
                functions.Add(new StructOpsFunction(member.Name, program, index, place));
                continue;
            }

            Check(name, typeName, local, member, kernel, target, size, content);
            content.CopyTo(bytes.AsSpan(place));
        }

        return new StructOpsValue(typeName, structId, valueId, bytes, [.. functions]);
    }

    /// <summary>Sets a function to a loaded program.</summary>
    internal void SetProgram(StructOpsFunction function, int programFd) => BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(function.Offset), (uint)programFd);

    private static void Check(string name, string typeName, BtfTypes local, BtfMember member, BtfTypes kernel, BtfMember target, long size, ReadOnlySpan<byte> content)
    {
        BtfKind mine = local[local.Resolve(member.TypeId)].Kind, theirs = kernel[kernel.Resolve(target.TypeId)].Kind;
        if (mine != theirs) throw Wrong(name, $"member '{member.Name}' of struct {typeName} is a {mine} in the object, but a {theirs} in the kernel");
        long kernelSize = kernel.SizeOf(target.TypeId);
        if (size != kernelSize) throw Wrong(name, $"member '{member.Name}' of struct {typeName} has {size} bytes in the object, but {kernelSize} in the kernel");
        if (mine == BtfKind.Pointer && content.ContainsAnyExcept((byte)0)) throw Wrong(name, $"member '{member.Name}' of struct {typeName} is a pointer: only programs or zero can be there");
    }

    private static Dictionary<string, int> Members(BtfType type)
    {
        Dictionary<string, int> members = new(StringComparer.Ordinal);
        for (int i = 0; i < type.Count; i++) members.TryAdd(type.Member(i).Name, i);
        return members;
    }

    /// <summary>Where the struct lies in the one around it.</summary>
    private static int? FindData(BtfTypes kernel, BtfType value, uint structId)
    {
        for (int i = 0; i < value.Count; i++)
        {
            if (kernel.Resolve(value.Member(i).TypeId) == structId) return (int)(value.Member(i).BitOffset / 8);
        }

        return null;
    }

    private static bool IsFunctionPointer(BtfTypes types, uint id)
    {
        BtfType pointer = types[types.Resolve(id)];
        return pointer.Kind == BtfKind.Pointer && types[types.Resolve(pointer.TypeId)].Kind == BtfKind.FuncProto;
    }

    private static KernelException Wrong(string name, string why, params ReadOnlySpan<string> notes) =>
        new(Diagnostic.Error(TracingCodes.StructOps, $"struct_ops '{name}': {why}", notes), Errno.None, "bpf(BPF_MAP_CREATE)", name);
}
