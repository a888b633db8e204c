// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Probes;

/// <summary>Constant bytes of a module: texts, tables, initial values. Equal ones are one variable.</summary>
internal sealed class LiteralPool(IrModule module)
{
    private readonly Dictionary<int, List<GlobalSymbol>> _byHash = [];
    private int _count;

    public GlobalSymbol Get(ReadOnlySpan<byte> bytes)
    {
        HashCode code = default;
        code.AddBytes(bytes);
        int hash = code.ToHashCode();
        if (!_byHash.TryGetValue(hash, out List<GlobalSymbol>? same)) _byHash.Add(hash, same = []);
        foreach (GlobalSymbol candidate in same)
        {
            if (bytes.SequenceEqual(candidate.Bytes)) return candidate;
        }

        GlobalSymbol made = new()
        {
            Name = "literal_" + _count++.ToString(CultureInfo.InvariantCulture),
            Section = ".rodata",
            Bytes = bytes.ToArray(),
            Alignment = bytes.Length >= 8 ? 8 : bytes.Length >= 4 ? 4 : 1,
        };
        module.Globals.Add(made);
        same.Add(made);
        return made;
    }
}
