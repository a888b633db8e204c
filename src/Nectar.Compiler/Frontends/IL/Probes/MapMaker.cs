// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Numerics;
using System.Reflection.Metadata;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Frontends.IL.Construction;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Types;

namespace Nectar.Compiler.Frontends.IL.Probes;

/// <summary>Makes the definition of a map from its class, its type arguments and what its constructor was called with.</summary>
internal sealed class MapMaker(BtfTypeMapper types, DiagnosticBag diagnostics)
{
    private const int MaxKeySize = 512;
    private const int PageSize = 4096;

    public MapDefinition Make(EvaluatedMap map, string name)
    {
        AttributeModel kind = map.Type.Attribute(ProbeNames.Namespace, ProbeNames.MapType)!;
        TypeModel? key = Argument(map.Type, ProbeNames.MapKey) ?? kind["Key"] as TypeModel;
        TypeModel? value = Argument(map.Type, ProbeNames.MapValue) ?? kind["Value"] as TypeModel;
        MapDefinition definition = new()
        {
            Name = name,
            Type = (MapType)kind.Number(0),
            KeySize = (uint)(key?.Size ?? 0),
            ValueSize = (uint)(value?.Size ?? 0),
            KeyTypeId = key is null ? 0 : types.Of(key),
            ValueTypeId = value is null ? 0 : types.Of(value),
            MaxEntries = map.MaxEntries is { } entries ? (uint)entries : kind.Named.TryGetValue("MaxEntries", out object? fixedEntries) ? Convert.ToUInt32(fixedEntries, System.Globalization.CultureInfo.InvariantCulture) : 0,
            Flags = (MapFlags)((uint)kind.Number("Flags") | (uint)map.Flags),
            MapExtra = (ulong)map.Extra,
        };
        if (value is null && Record(map.Type) is { } record) types.Builder.AddTypedef(name + "_record", types.Of(record));
        if (map.Inner is { } inner) definition.Inner = Make(inner, name + ".inner");
        Check(map, definition, key, value);
        return definition;
    }

    /// <summary>The argument for the type parameter that has an attribute; null if none has.</summary>
    private static TypeModel? Argument(TypeModel type, string attribute)
    {
        int index = 0;
        foreach (AttributeModel[] attributes in ParameterAttributes(type))
        {
            if (AttributeModel.Find(attributes, ProbeNames.Namespace, attribute) is not null) return type.Arguments[index];
            index++;
        }

        return null;
    }

    /// <summary>The record of a ring, which the kernel knows nothing of: a type argument that is neither key nor value.</summary>
    private static TypeModel? Record(TypeModel type)
    {
        int index = 0;
        foreach (AttributeModel[] attributes in ParameterAttributes(type))
        {
            if (AttributeModel.Find(attributes, ProbeNames.Namespace, ProbeNames.MapKey) is null && AttributeModel.Find(attributes, ProbeNames.Namespace, ProbeNames.MapValue) is null
                && type.Arguments[index] is { Shape: TypeShape.Struct or TypeShape.Primitive or TypeShape.Enum, HasReferences: false } record) return record;
            index++;
        }

        return null;
    }

    private static IEnumerable<AttributeModel[]> ParameterAttributes(TypeModel type)
    {
        MetadataReader reader = type.Assembly!.Reader;
        foreach (GenericParameterHandle handle in reader.GetTypeDefinition(type.Handle).GetGenericParameters())
            yield return AttributeModel.ReadAll(type.Assembly, reader.GetGenericParameter(handle).GetCustomAttributes());
    }

    private void Check(EvaluatedMap map, MapDefinition definition, TypeModel? key, TypeModel? value)
    {
        string? problem = null, help = null;
        if (map.MaxEntries is < 0 or > uint.MaxValue || (map.MaxEntries == 0 && definition.Type != MapType.PerfEventArray)) // none: one for each processor
            (problem, help) = ($"has {map.MaxEntries} entries", "help: give a positive number");
        else if (definition.Type is MapType.RingBuf or MapType.UserRingBuf && (definition.MaxEntries < PageSize || !BitOperations.IsPow2(definition.MaxEntries)))
            (problem, help) = ($"has {definition.MaxEntries} bytes", $"help: a ring has a power of two of bytes, at least a page: {Math.Max(PageSize, BitOperations.RoundUpToPowerOf2(definition.MaxEntries))}");
        else if (definition.KeySize > MaxKeySize)
            (problem, help) = ($"has keys of {definition.KeySize} bytes", $"help: keys are put on the stack, which has {MaxKeySize} bytes; use a hash of the long part as the key");
        else if (key is not null && Pointers(key) || value is not null && value.HasReferences)
            (problem, help) = ("has references in its elements", "help: elements are bytes; use integers and inline arrays");
        if (problem is not null) diagnostics.Add(ProbeDiagnostics.At(map.Location, ProbeCodes.BadMap, $"map '{definition.Name}' {problem}", help!));
    }

    private static bool Pointers(TypeModel type) => type.HasReferences;
}
