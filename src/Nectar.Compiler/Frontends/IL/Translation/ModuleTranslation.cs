// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Reflection.Metadata;
using Nectar.Bpf.Diagnostics;
using Nectar.Compiler.Frontends.IL.Decoding;
using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Frontends.IL.Types;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>What the functions of one module share while they are translated.</summary>
internal sealed class ModuleTranslation(ProbeModule probe)
{
    private readonly Dictionary<(AssemblyModel, MethodDefinitionHandle), IlBody> _bodies = [];
    private readonly Dictionary<TypeModel, bool> _kernelTypes = [];
    private readonly Dictionary<MethodModel, Calls.CallKind> _kinds = [];
    private readonly Dictionary<string, KernelFunctionTarget> _kernelFunctions = new(StringComparer.Ordinal);

    private StaticArrays? _arrays;

    public ProbeModule Probe => probe;

    public IrModule Module => probe.Module;

    public DiagnosticBag Diagnostics => probe.Diagnostics;

    public MetadataContext Context => probe.Probe.Type.Context;

    /// <summary>Subprograms and callbacks.</summary>
    public FunctionPool Functions { get; } = new();

    /// <summary>The kernel's functions for counting.</summary>
    public Calls.IteratorFunctions Iterators { get; } = new(probe.Types);

    /// <summary>What an address that was a number points to in the program that is translated.</summary>
    public PointerOrigin PlainAddresses { get; set; } = PointerOrigin.Kernel;

    /// <summary>The decoded code of a method; generic arguments do not matter for it.</summary>
    public IlBody Decode(MethodModel method)
    {
        (AssemblyModel, MethodDefinitionHandle) key = (method.Assembly, method.Handle);
        if (_bodies.TryGetValue(key, out IlBody? known)) return known;
        MethodBody body = method.Body;
        IlBody decoded = IlDecoder.Decode(body.Code.Span, body.Regions, method.Parameters.Length + (method.IsStatic ? 0 : 1), body.Locals.Length);
        _bodies.Add(key, decoded);
        return decoded;
    }

    public bool IsKernelType(TypeModel type)
    {
        if (type.Shape != TypeShape.Struct) return false;
        if (!_kernelTypes.TryGetValue(type, out bool known)) _kernelTypes.Add(type, known = KernelAccess.IsKernelType(type));
        return known;
    }

    /// <summary>What a call of a method is by its attributes.</summary>
    public Calls.CallKind KindOf(MethodModel method)
    {
        if (!_kinds.TryGetValue(method, out Calls.CallKind known)) _kinds.Add(method, known = Calls.CallKind.Of(method));
        return known;
    }

    /// <summary>The field of a kernel struct; <paramref name="outer"/> is the access to the struct if that is itself a field.</summary>
    public CoreAccess KernelField(CoreAccess? outer, FieldModel field) => outer is null ? KernelAccess.Field(probe.Types, field) : KernelAccess.Inner(probe.Types, outer, field);

    public ProbeValue? StaticValue(FieldModel field) => probe.Static(field);

    /// <summary>The constant array that a static field holds; null if it is none.</summary>
    public ArrayObject? StaticArray(FieldModel field) => (_arrays ??= new StaticArrays(this)).Find(field);

    /// <summary>Constant bytes.</summary>
    public GlobalSymbol Literal(ReadOnlySpan<byte> bytes) => probe.Literal(bytes);

    /// <summary>A text in constant bytes, with the zero that C wants at its end.</summary>
    public GlobalSymbol Text(string text) => probe.Literal([.. System.Text.Encoding.UTF8.GetBytes(text), 0]);

    /// <summary>The BTF of a function that is called; 0 where its parameters are not those of the method, then the emitter makes it.</summary>
    public uint FunctionType(MethodModel method, string name, bool isGlobal) =>
        method.Parameters.All(parameter => StackKinds.Of(parameter.Type) is StackKind.I32 or StackKind.I64 or StackKind.Pointer) && (method.IsStatic || !method.DeclaringType.IsValueType)
            ? FunctionTypes.Subprogram(probe.Types, method, name, isGlobal)
            : 0;

    /// <summary>A function of the kernel by the method that stands for it.</summary>
    public KernelFunctionTarget KernelFunction(MethodModel method, string name, bool isWeak)
    {
        if (_kernelFunctions.TryGetValue(name, out KernelFunctionTarget? known)) return known;
        byte pointers = 0;
        for (int i = 0; i < method.Parameters.Length; i++)
        {
            if (method.Parameters[i].Type.IsAddress) pointers |= (byte)(1 << i);
        }

        TypeModel result = method.ReturnType;
        KernelFunctionTarget target = new(FunctionTypes.Kernel(probe.Types, method, name), isWeak)
        {
            Name = name,
            Reads = pointers,
            Writes = pointers,
            ResultOrigin = !result.IsAddress ? PointerOrigin.Unknown : IsKernelType(result.Element!) ? PointerOrigin.Trusted : PointerOrigin.Record,
        };
        _kernelFunctions.Add(name, target);
        return target;
    }
}
