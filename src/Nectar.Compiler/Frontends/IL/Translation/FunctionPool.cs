// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Compiler.Frontends.IL.Metadata;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Translation;

/// <summary>Functions that are called instead of inlined: one for each method and for each set of objects that it is called with.</summary>
internal sealed class FunctionPool
{
    private readonly Dictionary<string, List<(MethodModel Method, KnownObject?[] Objects, IrFunction Function)>> _functions = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Methods that are being translated, outermost first: recursion is found by it.</summary>
    public List<MethodModel> Active { get; } = [];

    public IrFunction? Find(MethodModel method, KnownObject?[] objects)
    {
        if (!_functions.TryGetValue(method.Name, out List<(MethodModel Method, KnownObject?[] Objects, IrFunction Function)>? same)) return null;
        foreach ((MethodModel known, KnownObject?[] with, IrFunction function) in same)
        {
            if (known == method && with.AsSpan().SequenceEqual(objects)) return function;
        }

        return null;
    }

    public void Add(MethodModel method, KnownObject?[] objects, IrFunction function)
    {
        if (!_functions.TryGetValue(method.Name, out List<(MethodModel, KnownObject?[], IrFunction)>? same)) _functions.Add(method.Name, same = []);
        same.Add((method, objects, function));
    }

    /// <summary>A C identifier that no other function has.</summary>
    public string Name(string wanted)
    {
        string name = MemberNames.Identifier(wanted).TrimStart('_');
        if (name.Length == 0) name = "callback";
        for (int i = 1; !_names.Add(name); i++) name = $"{MemberNames.Identifier(wanted).TrimStart('_')}_{i}";
        return name;
    }
}
