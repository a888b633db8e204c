// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>
/// A custom attribute. Its name is read at once, its arguments when they are asked for: most attributes are of no interest.
/// Values are boxed integers, <c>bool</c>, <c>string</c>, <see cref="TypeModel"/> for <c>typeof</c>, <c>object?[]</c> for arrays; enumerations are integers.
/// </summary>
internal sealed class AttributeModel
{
    private readonly AssemblyModel _assembly;
    private readonly CustomAttributeHandle _handle;
    private object?[]? _arguments;
    private Dictionary<string, object?>? _named;
    private TypeModel? _type;

    private AttributeModel(AssemblyModel assembly, CustomAttributeHandle handle, string @namespace, string name)
    {
        _assembly = assembly;
        _handle = handle;
        Namespace = @namespace;
        Name = name;
    }

    /// <summary>The namespace of the attribute's class.</summary>
    public string Namespace { get; }

    /// <summary>The name of the attribute's class, <c>Attribute</c> included.</summary>
    public string Name { get; }

    /// <summary>The attribute's class.</summary>
    public TypeModel Type => _type ??= ReadType();

    /// <summary>Arguments of its constructor, in order.</summary>
    public object?[] Arguments
    {
        get
        {
            Decode();
            return _arguments!;
        }
    }

    /// <summary>Properties and fields that were set.</summary>
    public IReadOnlyDictionary<string, object?> Named
    {
        get
        {
            Decode();
            return _named!;
        }
    }

    /// <summary>An argument by the name of the property or of the constructor's parameter; null if it was not given.</summary>
    public object? this[string name]
    {
        get
        {
            if (Named.TryGetValue(name, out object? value)) return value;
            ParameterModel[] parameters = _assembly.ResolveMethod(_assembly.Reader.GetCustomAttribute(_handle).Constructor, GenericContext.Open).Method?.Parameters ?? [];
            int index = Array.FindIndex(parameters, parameter => parameter.Name == name);
            return index >= 0 && index < Arguments.Length ? Arguments[index] : null;
        }
    }

    /// <summary>The text of an argument of the constructor, or null.</summary>
    public string? Text(int index) => index < Arguments.Length ? Arguments[index] as string : null;

    /// <summary>The text of a named argument, or null.</summary>
    public string? Text(string name) => Named.GetValueOrDefault(name) as string;

    /// <summary>A number among the arguments of the constructor.</summary>
    public long Number(int index, long otherwise = 0) => index < Arguments.Length ? ToNumber(Arguments[index]) ?? otherwise : otherwise;

    /// <summary>A number among the named arguments; <c>true</c> is 1.</summary>
    public long Number(string name, long otherwise = 0) => ToNumber(Named.GetValueOrDefault(name)) ?? otherwise;

    internal static AttributeModel? Find(AttributeModel[] attributes, string @namespace, string name)
    {
        foreach (AttributeModel attribute in attributes)
        {
            if (attribute.Name == name && attribute.Namespace == @namespace) return attribute;
        }

        return null;
    }

    internal static AttributeModel[] ReadAll(AssemblyModel assembly, CustomAttributeHandleCollection handles)
    {
        if (handles.Count == 0) return [];
        AttributeModel[] attributes = new AttributeModel[handles.Count];
        int i = 0;
        foreach (CustomAttributeHandle handle in handles)
        {
            (string @namespace, string name) = NameOf(assembly.Reader, handle);
            attributes[i++] = new AttributeModel(assembly, handle, @namespace, name);
        }

        return attributes;
    }

    private static (string Namespace, string Name) NameOf(MetadataReader reader, CustomAttributeHandle handle)
    {
        EntityHandle constructor = reader.GetCustomAttribute(handle).Constructor;
        EntityHandle type = constructor.Kind == HandleKind.MemberReference
            ? reader.GetMemberReference((MemberReferenceHandle)constructor).Parent
            : reader.GetMethodDefinition((MethodDefinitionHandle)constructor).GetDeclaringType();
        switch (type.Kind)
        {
            case HandleKind.TypeReference:
                TypeReference reference = reader.GetTypeReference((TypeReferenceHandle)type);
                return (reader.GetString(reference.Namespace), reader.GetString(reference.Name));
            case HandleKind.TypeDefinition:
                TypeDefinition definition = reader.GetTypeDefinition((TypeDefinitionHandle)type);
                return (reader.GetString(definition.Namespace), reader.GetString(definition.Name));
            default:
                return ("", ""); // a generic attribute: none of those that mean something here
        }
    }

    private static long? ToNumber(object? value) => value switch
    {
        bool truth => truth ? 1 : 0,
        sbyte number => number,
        byte number => number,
        short number => number,
        ushort number => number,
        char number => number,
        int number => number,
        uint number => number,
        long number => number,
        ulong number => (long)number,
        _ => null,
    };

    private TypeModel ReadType()
    {
        EntityHandle constructor = _assembly.Reader.GetCustomAttribute(_handle).Constructor;
        EntityHandle type = constructor.Kind == HandleKind.MemberReference
            ? _assembly.Reader.GetMemberReference((MemberReferenceHandle)constructor).Parent
            : _assembly.Reader.GetMethodDefinition((MethodDefinitionHandle)constructor).GetDeclaringType();
        return _assembly.ResolveType(type, GenericContext.Open);
    }

    private void Decode()
    {
        if (_arguments is not null) return;
        CustomAttributeValue<TypeModel> value = _assembly.Reader.GetCustomAttribute(_handle).DecodeValue(_assembly.Signatures);
        _arguments = new object?[value.FixedArguments.Length];
        for (int i = 0; i < _arguments.Length; i++) _arguments[i] = Plain(value.FixedArguments[i].Value);
        _named = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (CustomAttributeNamedArgument<TypeModel> argument in value.NamedArguments) _named[argument.Name ?? ""] = Plain(argument.Value);
    }

    private static object? Plain(object? value) => value is ImmutableArray<CustomAttributeTypedArgument<TypeModel>> list ? list.Select(item => Plain(item.Value)).ToArray() : value;
}
