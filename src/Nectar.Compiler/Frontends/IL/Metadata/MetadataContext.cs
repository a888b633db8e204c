// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>
/// The assemblies that one compilation sees, and all types made of them: each type is one object. Not for several threads at once;
/// the files beneath are shared (<see cref="AssemblyFile"/>).
/// </summary>
internal sealed class MetadataContext
{
    /// <summary>The assembly that probes are written against.</summary>
    public const string LibraryName = "Nectar.Probes";

    internal const string SubstituteNamespace = "Nectar.Probes.Bcl";

    private readonly Dictionary<string, AssemblyModel?> _assemblies = new(StringComparer.OrdinalIgnoreCase);
    private readonly TypeModel?[] _primitives = new TypeModel?[64];
    private readonly TypeModel?[] _holders = new TypeModel?[64];
    private readonly List<TypeModel> _typeParameters = [];
    private readonly List<TypeModel> _methodParameters = [];
    private readonly Dictionary<(string Namespace, string Name, TypeList Arguments), TypeModel> _externals = [];
    private readonly Func<string, AssemblyFile?> _locate;
    private TypeModel? _functionPointer;
    private int _types;

    /// <summary>Makes an empty context.</summary>
    /// <param name="locate">Finds the file of an assembly by its simple name; null if there is none.</param>
    public MetadataContext(Func<string, AssemblyFile?> locate) => _locate = locate;

    public TypeModel FunctionPointer => _functionPointer ??= new TypeModel(this, TypeShape.FunctionPointer, "", "delegate*");

    /// <summary>The library, or null where it cannot be found.</summary>
    public AssemblyModel? Library => Find(LibraryName);

    /// <summary>Adds an assembly.</summary>
    public AssemblyModel Add(AssemblyFile file)
    {
        AssemblyModel assembly = new(this, file);
        _assemblies[file.Name] = assembly;
        return assembly;
    }

    /// <summary>An assembly by its simple name; null if it cannot be found.</summary>
    public AssemblyModel? Find(string name)
    {
        if (_assemblies.TryGetValue(name, out AssemblyModel? assembly)) return assembly;
        AssemblyFile? file = IsFramework(name) ? null : _locate(name);
        assembly = file is null ? null : new AssemblyModel(this, file);
        _assemblies.Add(name, assembly);
        return assembly;
    }

    /// <summary>A type by the name that another assembly refers to it with: a primitive, a substitute for one of the framework, or that of an assembly.</summary>
    public TypeModel FindType(string assembly, string @namespace, string name)
    {
        if (!IsFramework(assembly)) return Find(assembly)?.FindType(@namespace, name) ?? External(@namespace, name, [], assembly);
        if (@namespace == "System" && PrimitiveNames.TryGetValue(name, out PrimitiveTypeCode code)) return Primitive(code);
        return Substitute(@namespace, name) ?? External(@namespace, name, []);
    }

    public TypeModel Primitive(PrimitiveTypeCode code) =>
        _primitives[(int)code] ??= new TypeModel(this, TypeShape.Primitive, "System", PrimitiveNames.First(pair => pair.Value == code).Key) { Primitive = code };

    /// <summary>A type that metadata does not define here: only its name is known.</summary>
    /// <param name="namespace">Its namespace.</param>
    /// <param name="name">Its metadata name.</param>
    /// <param name="arguments">Generic arguments.</param>
    /// <param name="missing">The assembly that should define it and is not there; null for types of the framework.</param>
    public TypeModel External(string @namespace, string name, TypeModel[] arguments, string? missing = null)
    {
        (string, string, TypeList) key = (@namespace, name, new TypeList(arguments));
        if (!_externals.TryGetValue(key, out TypeModel? type))
            _externals.Add(key, type = new TypeModel(this, TypeShape.External, @namespace, name) { Arguments = arguments, MissingAssembly = missing });
        return type;
    }

    internal static IReadOnlyDictionary<string, PrimitiveTypeCode> PrimitiveNames { get; } = new Dictionary<string, PrimitiveTypeCode>(StringComparer.Ordinal)
    {
        ["Void"] = PrimitiveTypeCode.Void,
        ["Boolean"] = PrimitiveTypeCode.Boolean,
        ["Char"] = PrimitiveTypeCode.Char,
        ["SByte"] = PrimitiveTypeCode.SByte,
        ["Byte"] = PrimitiveTypeCode.Byte,
        ["Int16"] = PrimitiveTypeCode.Int16,
        ["UInt16"] = PrimitiveTypeCode.UInt16,
        ["Int32"] = PrimitiveTypeCode.Int32,
        ["UInt32"] = PrimitiveTypeCode.UInt32,
        ["Int64"] = PrimitiveTypeCode.Int64,
        ["UInt64"] = PrimitiveTypeCode.UInt64,
        ["Single"] = PrimitiveTypeCode.Single,
        ["Double"] = PrimitiveTypeCode.Double,
        ["String"] = PrimitiveTypeCode.String,
        ["TypedReference"] = PrimitiveTypeCode.TypedReference,
        ["IntPtr"] = PrimitiveTypeCode.IntPtr,
        ["UIntPtr"] = PrimitiveTypeCode.UIntPtr,
        ["Object"] = PrimitiveTypeCode.Object,
    };

    internal int NextTypeId() => ++_types;

    internal TypeModel Instantiate(TypeModel generic, TypeModel[] arguments) => generic.Assembly is { } assembly
        ? assembly.Instantiate(generic.Handle, arguments)
        : External(generic.Namespace, generic.Name, arguments, generic.MissingAssembly);

    internal TypeModel Parameter(int index, bool isMethod)
    {
        List<TypeModel> list = isMethod ? _methodParameters : _typeParameters;
        while (list.Count <= index)
            list.Add(new TypeModel(this, TypeShape.GenericParameter, "", (isMethod ? "!!" : "!") + list.Count) { ParameterIndex = list.Count, IsMethodParameter = isMethod });
        return list[index];
    }

    /// <summary>The type that has the methods of a type: the type itself, or the substitute that stands for a primitive.</summary>
    internal TypeModel? HolderOf(TypeModel type)
    {
        if (type.Shape != TypeShape.Primitive) return type.Assembly is null ? null : type;
        return _holders[(int)type.Primitive] ??= Substitute("System", type.Name);
    }

    private static bool IsFramework(string assembly) => assembly is "System" or "mscorlib" or "netstandard" or "WindowsBase"
        || assembly.StartsWith("System.", StringComparison.Ordinal) || assembly.StartsWith("Microsoft.", StringComparison.Ordinal);

    /// <summary>The C# of Nectar that takes the place of a framework type, whose IL is never read: it is vectorised and changes by runtime.</summary>
    private TypeModel? Substitute(string @namespace, string name) =>
        @namespace == "System" ? Library?.FindType(SubstituteNamespace, name)
        : @namespace.StartsWith("System.", StringComparison.Ordinal) ? Library?.FindType(SubstituteNamespace + @namespace["System".Length..], name)
        : null;
}
