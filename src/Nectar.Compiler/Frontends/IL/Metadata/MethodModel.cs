// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>A parameter of a method.</summary>
/// <param name="Name">As in C#; <c>arg0</c> where metadata has no name.</param>
/// <param name="Type">The type; <see cref="TypeShape.ByRef"/> for <c>ref</c>, <c>in</c> and <c>out</c>.</param>
/// <param name="IsIn">An <c>in</c> or <c>ref readonly</c> parameter.</param>
/// <param name="IsOut">An <c>out</c> parameter.</param>
/// <param name="Handle">Its row, nil where metadata has none.</param>
internal sealed record ParameterModel(string Name, TypeModel Type, bool IsIn, bool IsOut, ParameterHandle Handle);

/// <summary>A method of a closed type, with its own generic arguments in place (or open, while they are not known).</summary>
internal sealed partial class MethodModel
{
    private readonly MethodDefinition _definition;
    private MethodSignature<TypeModel>? _signature;
    private ParameterModel[]? _parameters;
    private AttributeModel[]? _attributes;

    internal MethodModel(TypeModel declaringType, MethodDefinitionHandle handle, TypeModel[] arguments)
    {
        DeclaringType = declaringType;
        Handle = handle;
        Arguments = arguments;
        _definition = Assembly.Reader.GetMethodDefinition(handle);
        Name = Assembly.Reader.GetString(_definition.Name);
    }

    public TypeModel DeclaringType { get; }

    public AssemblyModel Assembly => DeclaringType.Assembly!;

    public MethodDefinitionHandle Handle { get; }

    public string Name { get; }

    /// <summary>The arguments of a generic method.</summary>
    public TypeModel[] Arguments { get; }

    public GenericContext GenericContext => new(DeclaringType.Arguments, Arguments);

    public bool IsStatic => (_definition.Attributes & MethodAttributes.Static) != 0;

    public bool IsAbstract => (_definition.Attributes & MethodAttributes.Abstract) != 0;

    public bool IsVirtual => (_definition.Attributes & MethodAttributes.Virtual) != 0;

    public bool IsPublic => (_definition.Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public;

    public bool IsConstructor => Name is ".ctor" or ".cctor";

    public bool HasNoInlining => (_definition.ImplAttributes & MethodImplAttributes.NoInlining) != 0;

    /// <summary>How many generic parameters it declares.</summary>
    public int Arity => Signature.GenericParameterCount;

    public TypeModel ReturnType => Signature.ReturnType;

    /// <summary>The parameters without <c>this</c>.</summary>
    public ParameterModel[] Parameters => _parameters ??= ReadParameters();

    public AttributeModel[] Attributes => _attributes ??= AttributeModel.ReadAll(Assembly, _definition.GetCustomAttributes());

    private MethodSignature<TypeModel> Signature => _signature ??= _definition.DecodeSignature(Assembly.Signatures, GenericContext);

    public AttributeModel? Attribute(string @namespace, string name) => AttributeModel.Find(Attributes, @namespace, name);

    /// <summary>Attributes of a parameter.</summary>
    public AttributeModel[] AttributesOf(ParameterModel parameter) =>
        parameter.Handle.IsNil ? [] : AttributeModel.ReadAll(Assembly, Assembly.Reader.GetParameter(parameter.Handle).GetCustomAttributes());

    public override string ToString() => $"{DeclaringType.DisplayName}.{Name}{(Arguments.Length == 0 ? "" : $"<{string.Join(", ", Arguments.Select(a => a.DisplayName))}>")}";

    private ParameterModel[] ReadParameters()
    {
        MethodSignature<TypeModel> signature = Signature;
        ParameterModel[] parameters = new ParameterModel[signature.ParameterTypes.Length];
        MetadataReader reader = Assembly.Reader;
        foreach (ParameterHandle handle in _definition.GetParameters())
        {
            Parameter row = reader.GetParameter(handle);
            if (row.SequenceNumber == 0 || row.SequenceNumber > parameters.Length) continue;
            int index = row.SequenceNumber - 1;
            parameters[index] = new ParameterModel(reader.GetString(row.Name), signature.ParameterTypes[index], (row.Attributes & ParameterAttributes.In) != 0,
                (row.Attributes & ParameterAttributes.Out) != 0, handle);
        }

        for (int i = 0; i < parameters.Length; i++) parameters[i] ??= new ParameterModel($"arg{i}", signature.ParameterTypes[i], false, false, default);
        return parameters;
    }
}
