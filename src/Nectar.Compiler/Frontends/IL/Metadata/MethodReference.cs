// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Compiler.Frontends.IL.Metadata;

/// <summary>What a call names: a method whose IL is at hand, or only a name in the framework.</summary>
/// <param name="Method">The method, null if it is the framework's and nothing takes its place.</param>
/// <param name="DeclaringType">The type that the call names, generic arguments in place.</param>
/// <param name="Name">The method's name.</param>
/// <param name="Parameters">Types of its parameters without <c>this</c>, generic arguments in place.</param>
/// <param name="ReturnType">What it returns.</param>
/// <param name="Arguments">Arguments of a generic method.</param>
/// <param name="HasThis">An instance method by the call's signature.</param>
internal sealed record MethodReference(MethodModel? Method, TypeModel DeclaringType, string Name, TypeModel[] Parameters, TypeModel ReturnType, TypeModel[] Arguments, bool HasThis)
{
    /// <summary>
    /// True if an instance method of a primitive type is done by a static method of its substitute, which takes <c>this</c> as its first
    /// parameter: <c>x.Equals(y)</c> is <c>Bcl.Int32.Equals(ref x, y)</c>.
    /// </summary>
    public bool IsExtension => HasThis && Method is { IsStatic: true };

    /// <summary>For people: <c>Math.Max(int, int)</c>.</summary>
    public override string ToString() =>
        $"{DeclaringType.DisplayName}.{Name}{(Arguments.Length == 0 ? "" : $"<{string.Join(", ", Arguments.Select(a => a.DisplayName))}>")}({string.Join(", ", Parameters.Select(p => p.DisplayName))})";
}
