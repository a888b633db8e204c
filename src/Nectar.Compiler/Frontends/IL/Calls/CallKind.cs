// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Compiler.Frontends.IL.Probes;

namespace Nectar.Compiler.Frontends.IL.Calls;

/// <summary>What a call becomes.</summary>
internal enum CallForm : byte
{
    /// <summary>The code of the method.</summary>
    Inline,

    /// <summary>A call of a helper.</summary>
    Helper,

    /// <summary>A call of a kernel function.</summary>
    Kernel,

    /// <summary>What the compiler knows.</summary>
    Intrinsic,

    /// <summary>A call of a function of the object.</summary>
    Function,
}

/// <summary>What the attributes of a method say about calls of it.</summary>
/// <param name="Form">What a call becomes.</param>
/// <param name="Id">The helper's number.</param>
/// <param name="Name">The kernel function or the intrinsic.</param>
/// <param name="IsWeak">The kernel function may be missing.</param>
/// <param name="IsGlobal">The function is verified on its own.</param>
internal readonly record struct CallKind(CallForm Form, int Id = 0, string? Name = null, bool IsWeak = false, bool IsGlobal = false)
{
    public static CallKind Of(MethodModel method)
    {
        foreach (AttributeModel attribute in method.Attributes)
        {
            if (attribute.Namespace != ProbeNames.Namespace) continue;
            switch (attribute.Name)
            {
                case ProbeNames.Helper:
                    return new CallKind(CallForm.Helper, (int)attribute.Number(0));
                case ProbeNames.Kfunc:
                    return new CallKind(CallForm.Kernel, 0, attribute.Text(0), attribute.Number("Weak") != 0);
                case ProbeNames.Intrinsic:
                    return new CallKind(CallForm.Intrinsic, 0, attribute.Text(0));
                case ProbeNames.Subprogram:
                    return new CallKind(CallForm.Function, 0, null, false, attribute.Number("Global") != 0);
            }
        }

        return default;
    }
}
