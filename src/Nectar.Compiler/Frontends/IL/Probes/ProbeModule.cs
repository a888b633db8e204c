// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Frontends.IL.Construction;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Types;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Probes;

/// <summary>One probe on its way to an object: what its fields, static fields and literals stand for, and the module that they are put into.</summary>
internal sealed class ProbeModule
{
    private readonly ConstructorEvaluator _evaluator;
    private readonly Dictionary<EvaluatedMap, ProbeMap> _maps = [];
    private readonly Dictionary<EvaluatedObject, ProbeObject> _objects = [];
    private readonly Dictionary<(TypeModel, string), ProbeValue?> _statics = [];
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly LiteralPool _literals;

    private ProbeModule(ProbeModel probe, CompilationTarget target, DiagnosticBag diagnostics)
    {
        Probe = probe;
        Diagnostics = diagnostics;
        Module = new IrModule { Name = probe.Name, License = probe.License, Target = target };
        Types = new BtfTypeMapper(Module.Types);
        _evaluator = new ConstructorEvaluator(diagnostics);
        _literals = new LiteralPool(Module);
    }

    public ProbeModel Probe { get; }

    public DiagnosticBag Diagnostics { get; }

    public IrModule Module { get; }

    /// <summary>BTF of C# types.</summary>
    public BtfTypeMapper Types { get; }

    /// <summary>What <c>this</c> is in programs.</summary>
    public ProbeObject This { get; private set; } = null!;

    /// <summary>Runs the constructor of a probe and makes its maps and variables; null if that failed, which was reported.</summary>
    public static ProbeModule? Create(ProbeModel probe, CompilationTarget target, DiagnosticBag diagnostics)
    {
        ProbeModule module = new(probe, target, diagnostics);
        int errors = diagnostics.ErrorCount;
        if (module._evaluator.Construct(probe.Type) is not { } instance) return null;
        module.This = module.Object(instance, "");
        return diagnostics.ErrorCount == errors ? module : null;
    }

    /// <summary>What a static field stands for; null for a reference that is null or unknown.</summary>
    public ProbeValue? Static(FieldModel field)
    {
        (TypeModel, string) key = (field.DeclaringType, field.Name);
        if (_statics.TryGetValue(key, out ProbeValue? known)) return known;
        EvaluatedObject statics = _evaluator.Statics(field.DeclaringType);
        string owner = field.DeclaringType == Probe.Type ? "" : TypeNames.Identifier(field.DeclaringType);
        return _statics[key] = Value(statics, field, Name(owner, field), isInstance: false);
    }

    /// <summary>Bytes in <c>.rodata</c>; equal ones are kept once.</summary>
    public GlobalSymbol Literal(ReadOnlySpan<byte> bytes) => _literals.Get(bytes);

    private ProbeObject Object(EvaluatedObject instance, string path)
    {
        if (_objects.TryGetValue(instance, out ProbeObject? known)) return known;
        ProbeObject made = new(instance.Type, path);
        _objects.Add(instance, made);
        foreach (TypeModel level in instance.Type.Bases())
        {
            if (IsRoot(level)) break;
            foreach (FieldModel field in level.Fields)
            {
                if (!field.IsStatic) made.Set(field, Value(instance, field, Name(path, field), isInstance: true));
            }
        }

        return made;
    }

    /// <summary>Fields of the library's base class are for user space.</summary>
    private static bool IsRoot(TypeModel type) => type.Is(ProbeNames.Namespace, ProbeNames.Probe) || type.Assembly is null;

    private static string Name(string path, FieldModel field) => field.Attribute(ProbeNames.Namespace, ProbeNames.Map)?.Text("Name") is { } given
        ? MemberNames.Identifier(given)
        : MemberNames.OfNested(path, field.Name);

    private ProbeValue? Value(EvaluatedObject owner, FieldModel field, string name, bool isInstance)
    {
        TypeModel type = field.Type;
        if (type.IsValueType && !type.HasReferences && !type.IsByRefLike) return Variable(owner, field, name, isInstance);
        switch (owner[field])
        {
            case EvaluatedMap map:
                return Map(map, field, name);
            case EvaluatedObject instance:
                return Object(instance, name);
            case string text:
                return new ProbeText(text);
            case null when !type.IsValueType:
                return null;
            default:
                return ProbeForeign.Instance; // for user space: programs that use it are refused there
        }
    }

    private ProbeValue? Variable(EvaluatedObject owner, FieldModel field, string name, bool isInstance)
    {
        if (owner[field] is UnknownValue unknown)
        {
            Diagnostics.Add(ProbeDiagnostics.At(unknown.Location, ProbeCodes.BadConstructor, $"'{field}' starts as {unknown.Reason}, which is only known at run time",
                "help: start with a constant, and set the field on the probe before it is loaded"));
            return null;
        }

        byte[] bytes = field.MappedData is { IsEmpty: false } mapped ? mapped.ToArray() : owner.Bytes(field);
        bool isConstant = field.Attribute(ProbeNames.Namespace, ProbeNames.Constant) is not null;
        if (field.IsReadOnly && !isConstant && field.Type.IsInteger)
            return new ProbeConstant(EvaluatedValue.Load(bytes, 0, field.Type).Number, field.Type);
        if (!field.MappedData.IsEmpty) return new ProbeGlobal(Literal(bytes), field.Type);
        string section = isConstant || field.IsReadOnly ? ".rodata" : bytes.AsSpan().ContainsAnyExcept((byte)0) ? ".data" : ".bss";
        Claim(name, field);
        GlobalSymbol symbol = new() { Name = name, Section = section, Bytes = bytes, Alignment = Math.Clamp(field.Type.Alignment, 1, 8), TypeId = Types.Of(field.Type), IsVisible = true };
        Module.Globals.Add(symbol);
        return new ProbeGlobal(symbol, field.Type);
    }

    private ProbeMap Map(EvaluatedMap map, FieldModel field, string name)
    {
        if (_maps.TryGetValue(map, out ProbeMap? known)) return known;
        Claim(name, field);
        MapDefinition definition = new MapMaker(Types, Diagnostics).Make(map, name);
        if (field.Attribute(ProbeNames.Namespace, ProbeNames.Map)?.Number("Pinned") == 1) definition.Pinning = PinningType.ByName;
        ProbeMap made = new(new MapSymbol(definition), map.Type);
        Module.Maps.Add(made.Map);
        _maps.Add(map, made);
        return made;
    }

    private void Claim(string name, FieldModel field)
    {
        if (_names.TryAdd(name, field.ToString())) return;
        Diagnostics.Add(ProbeDiagnostics.At(Probe.Type, ProbeCodes.DuplicateName, $"'{field}' and '{_names[name]}' are both named '{name}' in the object",
            "help: rename a field, or give a map a name: [Map(Name = \"other\")]"));
    }
}
