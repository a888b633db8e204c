// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using Nectar.Bpf.Diagnostics;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>One assembly in a <see cref="MetadataContext"/>: turns handles into types, fields and methods.</summary>
internal sealed partial class AssemblyModel
{
    private readonly TypeModel?[] _open;
    private readonly Dictionary<(int Row, TypeList Arguments), TypeModel> _instances = [];
    private readonly TypeModel?[] _references;
    private readonly Dictionary<MemberReferenceHandle, (AssemblyModel? Assembly, MethodDefinitionHandle Handle)> _methods = [];
    private const int MaxDepth = 100;

    private AttributeModel[]? _attributes;
    private int _depth;
    private DebugSymbols? _symbols;
    private bool _hasSymbols;

    internal AssemblyModel(MetadataContext context, AssemblyFile file)
    {
        Context = context;
        File = file;
        Signatures = new SignatureDecoder(this);
        _open = new TypeModel?[Reader.TypeDefinitions.Count + 1];
        _references = new TypeModel?[Reader.TypeReferences.Count + 1];
    }

    public MetadataContext Context { get; }

    public AssemblyFile File { get; }

    public MetadataReader Reader => File.Reader;

    public string Name => File.Name;

    /// <summary>The library of Nectar, whose lines are not shown where the author's are at hand.</summary>
    public bool IsLibrary => Name == MetadataContext.LibraryName;

    /// <summary>Attributes of the assembly itself.</summary>
    public AttributeModel[] Attributes => _attributes ??= AttributeModel.ReadAll(this, Reader.GetAssemblyDefinition().GetCustomAttributes());

    internal SignatureDecoder Signatures { get; }

    /// <summary>Debug information; null where there is none, and for the library.</summary>
    internal DebugSymbols? Symbols
    {
        get
        {
            if (_hasSymbols || IsLibrary) return _symbols;
            _hasSymbols = true;
            return _symbols = File.OpenSymbols();
        }
    }

    /// <summary>All types, nested ones included; parameters of generic ones are open.</summary>
    public IEnumerable<TypeModel> Types
    {
        get
        {
            foreach (TypeDefinitionHandle handle in Reader.TypeDefinitions) yield return OpenType(handle);
        }
    }

    /// <summary>A type that is not nested, by name, or null.</summary>
    public TypeModel? FindType(string @namespace, string name) => File.FindType(@namespace, name) is { IsNil: false } handle ? OpenType(handle) : null;

    /// <summary>A type definition; parameters of a generic one stay open.</summary>
    public TypeModel OpenType(TypeDefinitionHandle handle)
    {
        ref TypeModel? type = ref _open[MetadataTokens.GetRowNumber(handle)];
        if (type is not null) return type;
        int count = Reader.GetTypeDefinition(handle).GetGenericParameters().Count;
        TypeModel[] arguments = count == 0 ? [] : new TypeModel[count];
        for (int i = 0; i < count; i++) arguments[i] = Context.Parameter(i, isMethod: false);
        TypeModel made = count == 0 ? Make(handle, arguments) : Instantiate(handle, arguments);
        return _open[MetadataTokens.GetRowNumber(handle)] = made;
    }

    public TypeModel ResolveType(EntityHandle handle, GenericContext context) => handle.Kind switch
    {
        HandleKind.TypeDefinition => OpenType((TypeDefinitionHandle)handle),
        HandleKind.TypeReference => ResolveReference((TypeReferenceHandle)handle),
        HandleKind.TypeSpecification => ResolveSpecification((TypeSpecificationHandle)handle, context),
        _ => throw new BadImageFormatException($"a {handle.Kind} where a type is expected"),
    };

    private TypeModel ResolveSpecification(TypeSpecificationHandle handle, GenericContext context)
    {
        Enter();
        TypeModel type = Reader.GetTypeSpecification(handle).DecodeSignature(Signatures, context);
        _depth--;
        return type;
    }

    /// <summary>Damaged metadata can name types that contain themselves: an exception in place of a stack overflow. Nothing goes on after it.</summary>
    private void Enter()
    {
        if (++_depth > MaxDepth) throw new BadImageFormatException($"types of '{Name}' are nested more than {MaxDepth} deep, or in themselves");
    }

    public FieldModel ResolveField(EntityHandle handle, GenericContext context)
    {
        (TypeModel owner, string name) = handle.Kind switch
        {
            HandleKind.FieldDefinition => OwnField((FieldDefinitionHandle)handle),
            HandleKind.MemberReference => OtherField((MemberReferenceHandle)handle),
            _ => throw new BadImageFormatException($"a {handle.Kind} where a field is expected"),
        };
        return owner.FindField(name) ?? throw Missing(owner, name);

        (TypeModel, string) OwnField(FieldDefinitionHandle field)
        {
            FieldDefinition definition = Reader.GetFieldDefinition(field);
            return (OpenType(definition.GetDeclaringType()), Reader.GetString(definition.Name));
        }

        (TypeModel, string) OtherField(MemberReferenceHandle member)
        {
            MemberReference reference = Reader.GetMemberReference(member);
            return (ResolveType(reference.Parent, context), Reader.GetString(reference.Name));
        }
    }

    internal TypeModel Instantiate(TypeDefinitionHandle handle, TypeModel[] arguments)
    {
        (int, TypeList) key = (MetadataTokens.GetRowNumber(handle), new TypeList(arguments));
        if (!_instances.TryGetValue(key, out TypeModel? type)) _instances.Add(key, type = Make(handle, arguments));
        return type;
    }

    internal TypeModel ResolveReference(TypeReferenceHandle handle)
    {
        ref TypeModel? type = ref _references[MetadataTokens.GetRowNumber(handle)];
        return type ??= FindReference(handle);
    }

    internal ReadOnlySpan<byte> MappedData(int address, int size) => File.MappedData(address, size);

    internal object? ReadConstant(ConstantHandle handle)
    {
        if (handle.IsNil) return null;
        Constant constant = Reader.GetConstant(handle);
        return Reader.GetBlobReader(constant.Value).ReadConstant(constant.TypeCode);
    }

    private static CompileException Missing(TypeModel owner, string member) => owner.MissingAssembly is { } assembly
        ? new([Diagnostic.Error(ProbeCodes.MissingMember, $"'{assembly}.dll', which defines '{owner.FullName}.{member}', cannot be found", "help: put it beside the assembly of the probe, or name it in the references")])
        : new([Diagnostic.Error(ProbeCodes.MissingMember, owner.Shape == TypeShape.External
            ? $"'{owner.FullName}' is a type of the framework that programs cannot use (its member '{member}' is used)"
            : $"'{owner.DisplayName}' has no member '{member}': the assembly was compiled against another version of '{owner.Assembly?.Name}'")]);

    private TypeModel FindReference(TypeReferenceHandle handle)
    {
        TypeReference reference = Reader.GetTypeReference(handle);
        string name = Reader.GetString(reference.Name), @namespace = Reader.GetString(reference.Namespace);
        EntityHandle scope = reference.ResolutionScope;
        switch (scope.Kind)
        {
            case HandleKind.TypeReference:
                Enter();
                TypeModel outer = ResolveReference((TypeReferenceHandle)scope);
                _depth--;
                return outer.Assembly?.FindNested(outer, name) ?? Context.External(outer.FullName, name, []);
            case HandleKind.AssemblyReference:
                return Context.FindType(Reader.GetString(Reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name), @namespace, name);
            default:
                return FindType(@namespace, name) ?? Context.External(@namespace, name, []);
        }
    }

    internal TypeModel? FindNested(TypeModel outer, string name)
    {
        foreach (TypeDefinitionHandle nested in Reader.GetTypeDefinition(outer.Handle).GetNestedTypes())
        {
            if (Reader.StringComparer.Equals(Reader.GetTypeDefinition(nested).Name, name)) return OpenType(nested);
        }

        return null;
    }

    private TypeModel Make(TypeDefinitionHandle handle, TypeModel[] arguments)
    {
        TypeDefinition definition = Reader.GetTypeDefinition(handle);
        TypeDefinitionHandle outerHandle = definition.GetDeclaringType();
        TypeModel? outer = null;
        if (!outerHandle.IsNil)
        {
            Enter();
            int count = Reader.GetTypeDefinition(outerHandle).GetGenericParameters().Count;
            outer = count == 0 ? OpenType(outerHandle) : Instantiate(outerHandle, arguments[..Math.Min(count, arguments.Length)]);
            _depth--;
        }

        TypeShape shape = ShapeOf(definition);
        TypeModel? element = shape == TypeShape.Enum ? EnumElement(definition) : null;
        return new TypeModel(Context, shape, outer?.Namespace ?? Reader.GetString(definition.Namespace), Reader.GetString(definition.Name))
        {
            Assembly = this,
            Handle = handle,
            Arguments = arguments,
            DeclaringType = outer,
            Element = element,
            Primitive = element?.Primitive ?? default,
        };
    }

    private TypeModel EnumElement(TypeDefinition definition)
    {
        foreach (FieldDefinitionHandle handle in definition.GetFields())
        {
            FieldDefinition field = Reader.GetFieldDefinition(handle);
            if ((field.Attributes & System.Reflection.FieldAttributes.Static) == 0) return field.DecodeSignature(Signatures, GenericContext.Open);
        }

        throw new BadImageFormatException($"enumeration '{Reader.GetString(definition.Name)}' has no value");
    }

    private TypeShape ShapeOf(TypeDefinition definition)
    {
        if ((definition.Attributes & System.Reflection.TypeAttributes.Interface) != 0) return TypeShape.Interface;
        if (definition.BaseType.Kind != HandleKind.TypeReference || definition.BaseType.IsNil) return TypeShape.Class;
        TypeReference parent = Reader.GetTypeReference((TypeReferenceHandle)definition.BaseType);
        if (!Reader.StringComparer.Equals(parent.Namespace, "System")) return TypeShape.Class;
        return Reader.StringComparer.Equals(parent.Name, "ValueType") ? TypeShape.Struct : Reader.StringComparer.Equals(parent.Name, "Enum") ? TypeShape.Enum : TypeShape.Class;
    }
}
