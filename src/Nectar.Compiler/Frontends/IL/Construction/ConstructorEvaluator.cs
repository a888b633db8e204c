// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Construction;

/// <summary>
/// Runs constructors while compiling: numbers, structs, maps and objects of classes exist, everything else is unknown and may only be kept in
/// fields that programs do not use.
/// </summary>
internal sealed class ConstructorEvaluator(DiagnosticBag diagnostics)
{
    private const int MaxDepth = 32;
    private const int MaxSteps = 1_000_000;

    private readonly Dictionary<TypeModel, EvaluatedObject> _statics = [];
    private int _depth;
    private int _steps;

    /// <summary>Makes an object with the constructor that has no parameters; null if there is none or it cannot be run (which was reported).</summary>
    public EvaluatedObject? Construct(TypeModel type)
    {
        MethodModel? constructor = null;
        foreach (System.Reflection.Metadata.MethodDefinitionHandle handle in type.MethodHandles(".ctor"))
        {
            MethodModel candidate = type.Method(handle, []);
            if (candidate.Parameters.Length == 0) constructor = candidate;
        }

        if (constructor is null)
        {
            diagnostics.Add(ProbeDiagnostics.At(type, ProbeCodes.BadProbe, $"'{type.DisplayName}' has no constructor without parameters, which is run to find its maps and variables",
                "help: sizes of maps are constants in the object; what is decided at run time is set on the loaded probe (map definitions and [Constant] fields)"));
            return null;
        }

        EvaluatedObject made = new(type);
        try
        {
            Run(constructor, [made]);
            return made;
        }
        catch (EvaluationException exception)
        {
            diagnostics.Add(exception.Diagnostic);
            return null;
        }
    }

    /// <summary>The static fields of a type after its static constructor.</summary>
    public EvaluatedObject Statics(TypeModel type)
    {
        if (_statics.TryGetValue(type, out EvaluatedObject? statics)) return statics;
        _statics.Add(type, statics = new EvaluatedObject(type)); // before it is run: it may refer to its own fields
        if (type.FindMethod(".cctor") is not { HasBody: true } constructor) return statics;
        try
        {
            Run(constructor, []);
        }
        catch (EvaluationException exception)
        {
            diagnostics.Add(exception.Diagnostic);
        }

        return statics;
    }

    /// <summary>Runs a method; arguments are stored as locals are: bytes for value types, objects for references.</summary>
    internal EvaluatedValue Run(MethodModel method, object?[] arguments)
    {
        if (_depth >= MaxDepth) throw Fail(method, 0, $"constructors call each other more than {MaxDepth} deep at '{method}'");
        _depth++;
        try
        {
            return new EvaluationFrame(this, method, arguments).Run();
        }
        finally
        {
            _depth--;
        }
    }

    internal void CountStep(MethodModel method, int offset)
    {
        if (++_steps > MaxSteps) throw Fail(method, offset, $"'{method}' takes more than {MaxSteps:N0} steps at compile time");
    }

    /// <summary>Makes an object of a class, or a map.</summary>
    internal EvaluatedValue Create(MethodReference constructor, EvaluatedValue[] arguments, SourceLocation? location)
    {
        TypeModel type = constructor.DeclaringType;
        if (constructor.Method is not { HasBody: true } method || type.Shape != TypeShape.Class || type.FrameworkName is not null)
            return EvaluatedValue.Unknown(new UnknownValue($"new {type.DisplayName}(…)", location));
        if (type.Attribute(ProbeNames.Namespace, ProbeNames.MapType) is not null) return EvaluatedValue.Reference(Map(type, method, arguments, location));
        EvaluatedObject made = new(type);
        Run(method, [made, .. arguments.Select((argument, i) => ToStorage(argument, method.Parameters[i].Type))]);
        return EvaluatedValue.Reference(made);
    }

    /// <summary>A value as locals, arguments and fields keep it.</summary>
    internal static object? ToStorage(EvaluatedValue value, TypeModel type)
    {
        if (value.Kind == EvaluatedKind.Unknown) return value.Object;
        if (value.Kind == EvaluatedKind.Address) return value;
        if (!type.IsValueType && !type.IsAddress) return value.Object;
        byte[] bytes = new byte[type.Size];
        return value.Store(bytes, 0, type) ? bytes : new UnknownValue($"a {type.DisplayName}", null);
    }

    internal static EvaluationException Fail(MethodModel method, int offset, string message, params ReadOnlySpan<string> notes) =>
        new(ProbeDiagnostics.At(method.LocationAt(offset), ProbeCodes.BadConstructor, message, notes));

    private static EvaluatedMap Map(TypeModel type, MethodModel constructor, EvaluatedValue[] arguments, SourceLocation? location)
    {
        EvaluatedMap map = new(type, location);
        ParameterModel[] parameters = constructor.Parameters;
        for (int i = 0; i < parameters.Length; i++)
        {
            foreach (AttributeModel attribute in constructor.AttributesOf(parameters[i]))
            {
                if (attribute.Namespace != ProbeNames.Namespace) continue;
                switch (attribute.Name)
                {
                    case ProbeNames.MaxEntries: map.MaxEntries = Number(i); break;
                    case ProbeNames.MapFlags: map.Flags |= Number(i); break;
                    case ProbeNames.MapExtra: map.Extra = Number(i); break;
                    case ProbeNames.InnerMap: map.Inner = arguments[i].Object as EvaluatedMap; break;
                }
            }
        }

        return map;

        long Number(int index) => arguments[index] switch
        {
            { Kind: EvaluatedKind.Int32 or EvaluatedKind.Int64 } number => number.Number,
            { Object: UnknownValue unknown } => throw new EvaluationException(ProbeDiagnostics.At(location ?? unknown.Location, ProbeCodes.BadConstructor,
                $"'{parameters[index].Name}' of {type.DisplayName} is {unknown.Reason}, which is only known at run time",
                "help: give a constant here, and set the map's definition on the probe before it is loaded")),
            _ => throw new EvaluationException(ProbeDiagnostics.At(location, ProbeCodes.BadConstructor, $"'{parameters[index].Name}' of {type.DisplayName} is no number")),
        };
    }
}

/// <summary>A constructor cannot be run; carried to where the object was asked for.</summary>
internal sealed class EvaluationException(Diagnostic diagnostic) : Exception
{
    public Diagnostic Diagnostic { get; } = diagnostic;
}
