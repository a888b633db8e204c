// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection;
using System.Reflection.Metadata;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>What a type's definition says: fields, methods, base type, attributes.</summary>
internal sealed partial class TypeModel
{
    private const int MaxLevels = 100;

    private FieldModel[]? _fields;
    private AttributeModel[]? _attributes;
    private TypeModel? _base;
    private bool _hasBase;
    private TypeModel[]? _interfaces;
    private readonly Dictionary<(int Row, TypeList Arguments), MethodModel> _methods = [];
    private Dictionary<string, List<MethodDefinitionHandle>>? _methodsByName;

    /// <summary>All fields in the order of metadata, static ones and constants included.</summary>
    public FieldModel[] Fields => _fields ??= ReadFields();

    /// <summary>The fields that values of the type have.</summary>
    public IEnumerable<FieldModel> InstanceFields => Fields.Where(part => !part.IsStatic);

    /// <summary>The class it derives from; null for types without one.</summary>
    public TypeModel? BaseType
    {
        get
        {
            if (_hasBase) return _base;
            _hasBase = true;
            if (Assembly is null) return null;
            EntityHandle handle = Assembly.Reader.GetTypeDefinition(Handle).BaseType;
            return _base = handle.IsNil ? null : Assembly.ResolveType(handle, GenericContext);
        }
    }

    /// <summary>The interfaces that the type names itself.</summary>
    public TypeModel[] Interfaces => _interfaces ??= ReadInterfaces();

    public AttributeModel[] Attributes => _attributes ??= Assembly is null ? [] : AttributeModel.ReadAll(Assembly, Assembly.Reader.GetTypeDefinition(Handle).GetCustomAttributes());

    /// <summary>What generic parameters of members stand for.</summary>
    public GenericContext GenericContext => new(Arguments, []);

    /// <summary>An abstract or static class.</summary>
    public bool IsAbstract => Assembly is not null && (Assembly.Reader.GetTypeDefinition(Handle).Attributes & TypeAttributes.Abstract) != 0;

    /// <summary>A <c>ref struct</c>.</summary>
    public bool IsByRefLike => Shape == TypeShape.Struct && Attribute("System.Runtime.CompilerServices", "IsByRefLikeAttribute") is not null;

    /// <summary>An attribute by its full name, or null.</summary>
    public AttributeModel? Attribute(string @namespace, string name) => AttributeModel.Find(Attributes, @namespace, name);

    public FieldModel? FindField(string name)
    {
        foreach (FieldModel field in Fields)
        {
            if (field.Name == name) return field;
        }

        return null;
    }

    /// <summary>True if it is, or derives from, a class with this name.</summary>
    public bool DerivesFrom(string @namespace, string name)
    {
        foreach (TypeModel type in Bases())
        {
            if (type.Is(@namespace, name)) return true;
        }

        return false;
    }

    /// <summary>The class itself, then what it derives from.</summary>
    /// <exception cref="BadImageFormatException">It derives from itself.</exception>
    public IEnumerable<TypeModel> Bases()
    {
        int levels = 0;
        for (TypeModel? type = this; type is not null; type = type.BaseType)
        {
            if (++levels > MaxLevels) throw new BadImageFormatException($"'{Name}' derives from more than {MaxLevels} classes, or from itself");
            yield return type;
        }
    }

    /// <summary>All methods, generic ones with their parameters open.</summary>
    public IEnumerable<MethodModel> Methods
    {
        get
        {
            if (Assembly is null) yield break;
            foreach (MethodDefinitionHandle handle in Assembly.Reader.GetTypeDefinition(Handle).GetMethods()) yield return Method(handle, []);
        }
    }

    /// <summary>The methods with a name.</summary>
    public IReadOnlyList<MethodDefinitionHandle> MethodHandles(string name)
    {
        if (Assembly is null) return [];
        if (_methodsByName is null)
        {
            _methodsByName = new Dictionary<string, List<MethodDefinitionHandle>>(StringComparer.Ordinal);
            foreach (MethodDefinitionHandle handle in Assembly.Reader.GetTypeDefinition(Handle).GetMethods())
            {
                string key = Assembly.Reader.GetString(Assembly.Reader.GetMethodDefinition(handle).Name);
                if (!_methodsByName.TryGetValue(key, out List<MethodDefinitionHandle>? list)) _methodsByName.Add(key, list = []);
                list.Add(handle);
            }
        }

        return _methodsByName.TryGetValue(name, out List<MethodDefinitionHandle>? found) ? found : [];
    }

    /// <summary>The first method with a name, not generic, or null.</summary>
    public MethodModel? FindMethod(string name)
    {
        IReadOnlyList<MethodDefinitionHandle> found = MethodHandles(name);
        return found.Count == 0 ? null : Method(found[0], []);
    }

    /// <summary>A method of this type by its definition.</summary>
    public MethodModel Method(MethodDefinitionHandle handle, TypeModel[] arguments)
    {
        (int, TypeList) key = (System.Reflection.Metadata.Ecma335.MetadataTokens.GetRowNumber(handle), new TypeList(arguments));
        if (!_methods.TryGetValue(key, out MethodModel? method)) _methods.Add(key, method = new MethodModel(this, handle, arguments));
        return method;
    }

    private FieldModel[] ReadFields()
    {
        if (Assembly is null) return [];
        FieldDefinitionHandleCollection handles = Assembly.Reader.GetTypeDefinition(Handle).GetFields();
        FieldModel[] fields = new FieldModel[handles.Count];
        int i = 0;
        foreach (FieldDefinitionHandle handle in handles) fields[i++] = new FieldModel(this, handle);
        return fields;
    }

    private TypeModel[] ReadInterfaces()
    {
        if (Assembly is null) return [];
        List<TypeModel> found = [];
        foreach (InterfaceImplementationHandle handle in Assembly.Reader.GetTypeDefinition(Handle).GetInterfaceImplementations())
            found.Add(Assembly.ResolveType(Assembly.Reader.GetInterfaceImplementation(handle).Interface, GenericContext));
        return [.. found];
    }
}
