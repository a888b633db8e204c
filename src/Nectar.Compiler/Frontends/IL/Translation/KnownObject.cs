// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>A reference that is known while translating: nothing in the program holds it. Two are the same object if they are equal.</summary>
internal abstract record KnownObject
{
    /// <summary>Words for a message.</summary>
    public abstract string Display { get; }
}

/// <summary>The null reference.</summary>
internal sealed record NullObject : KnownObject
{
    public static readonly NullObject Instance = new();

    public override string Display => "null";
}

/// <summary>The probe, or an object that it holds.</summary>
internal sealed record ProbePart(ProbeObject Object) : KnownObject
{
    public override string Display => Object.Path.Length == 0 ? "this" : Object.Path;
}

/// <summary>A map.</summary>
internal sealed record MapObject(ProbeMap Map) : KnownObject
{
    public override string Display => $"the map '{Map.Map.Name}'";
}

/// <summary>A string.</summary>
internal sealed record TextObject(string Text) : KnownObject
{
    public override string Display => "a string";
}

/// <summary>What <c>ldftn</c> gives: a function that may become a callback.</summary>
internal sealed record MethodObject(MethodModel Method) : KnownObject
{
    public override string Display => $"the method '{Method.Name}'";
}

/// <summary>A delegate: a static lambda, a local function or a method group without a target that would need memory.</summary>
internal sealed record DelegateObject(MethodModel Method, KnownObject Target) : KnownObject
{
    public override string Display => $"a delegate of '{Method.Name}'";
}

/// <summary>The one object of a class without fields, such as the C# compiler makes for lambdas.</summary>
internal sealed record EmptyObject(TypeModel Type) : KnownObject
{
    public override string Display => $"an object of '{Type.DisplayName}'";
}

/// <summary>What <c>ldtoken</c> gives for a field: bytes in the image.</summary>
internal sealed record FieldToken(FieldModel Field) : KnownObject
{
    public override string Display => "a field's handle";
}

/// <summary>What <c>ldtoken</c> gives for a type.</summary>
internal sealed record TypeToken(TypeModel Type) : KnownObject
{
    public override string Display => $"typeof({Type.DisplayName})";
}

/// <summary>An array that never changes: its elements are in <c>.rodata</c>.</summary>
internal sealed record ArrayObject(GlobalSymbol Data, TypeModel Element, int Length) : KnownObject
{
    public override string Display => "an array";
}

/// <summary>The state of a <c>foreach</c> over a range: an iterator of the kernel in the frame.</summary>
internal sealed record IteratorObject(Value Slot) : KnownObject
{
    public override string Display => "an iterator";
}

/// <summary>A message that is being put together.</summary>
internal sealed record MessageObject(Calls.Message Message) : KnownObject
{
    public override string Display => "a message";
}
