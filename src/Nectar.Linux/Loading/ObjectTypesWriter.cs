// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;

namespace Nectar.Linux.Loading;

/// <summary>
/// Rewrites an object's types into what the kernel accepts, type by type at the same number: sections in the order of their offsets,
/// externs as variables, what the kernel does not know yet as something of the same size. New strings and types go to the end.
/// </summary>
internal sealed class ObjectTypesWriter
{
    private const uint GlobalAllocated = 1;

    private readonly BtfTypes? _types;
    private readonly BtfEditor _editor;
    private uint _dummy;

    internal ObjectTypesWriter(BpfObject source)
    {
        _types = source.Types;
        _editor = new BtfEditor(_types, reuseStrings: false);
        if (_types is null) return;
        for (uint id = 1; id < _types.Count; id++)
        {
            BtfType type = _types[id];
            if (type.Kind == BtfKind.DataSection) RewriteSection(source, type);
            if (type.Kind == BtfKind.Func) NameArguments(type);
        }

        foreach (FunctionDefinition function in source.Functions)
        {
            // Hidden functions are global in the types, but private to the object: the verifier may then use what callers know of their arguments.
            if (function.Linkage == FunctionLinkage.Static && function.TypeId != 0) _editor.Set(_types[function.TypeId], 1, (uint)BtfKind.Func << 24);
        }
    }

    /// <summary>The types as they stand now.</summary>
    internal BtfEditor Editor => _editor;

    private void RewriteSection(BpfObject source, BtfType section)
    {
        (uint Type, uint Offset, uint Size)[] items = new (uint, uint, uint)[section.Count];
        for (int i = 0; i < items.Length; i++)
        {
            BtfSectionVariable variable = section.Variable(i);
            items[i] = (variable.TypeId, variable.Offset, variable.Size);
        }

        uint size = section.Size;
        switch (section.Name)
        {
            case ".ksyms":
                for (int i = 0; i < items.Length; i++) items[i] = (RewriteSymbol(items[i].Type), (uint)i * 4, 4);
                size = (uint)items.Length * 4;
                break;
            case ".kconfig":
                size = 0;
                for (int i = 0; i < items.Length; i++)
                {
                    BtfType variable = _types![items[i].Type];
                    if (variable.Kind == BtfKind.Var) _editor.Set(variable, 3, GlobalAllocated);
                    if (!source.Externs.TryGet(variable.Name, out ExternDefinition? value)) continue;
                    items[i] = (items[i].Type, (uint)value.Offset, (uint)value.Size);
                    size = Math.Max(size, (uint)(value.Offset + value.Size));
                }

                // what is declared but never used has no place: behind the others
                for (int i = 0; i < items.Length; i++)
                {
                    if (source.Externs.TryGet(_types![items[i].Type].Name, out _)) continue;
                    uint own = (uint)Math.Max(1, _types.SizeOf(items[i].Type));
                    items[i] = (items[i].Type, size, own);
                    size += own;
                }

                break;
        }

        Array.Sort(items, (a, b) => a.Offset.CompareTo(b.Offset)); // the kernel wants them so; compilers write them by name
        _editor.Set(section, 2, size);
        for (int i = 0; i < items.Length; i++)
        {
            _editor.Set(section, 3 + (i * 3), items[i].Type);
            _editor.Set(section, 4 + (i * 3), items[i].Offset);
            _editor.Set(section, 5 + (i * 3), items[i].Size);
        }
    }

    /// <summary>The kernel knows no externs: variables become integers, functions get a stand-in in the section and stay as prototypes.</summary>
    private uint RewriteSymbol(uint id)
    {
        BtfType type = _types![id];
        if (type.Kind == BtfKind.Var)
        {
            uint integer = _editor.Int();
            _editor.Set(type, 2, integer);
            _editor.Set(type, 3, GlobalAllocated);
            return id;
        }

        if (type.Kind != BtfKind.Func) return id;
        _editor.Set(type, 1, ((uint)BtfKind.Func << 24) | (uint)FunctionLinkage.Global);
        return _dummy != 0 ? _dummy : _dummy = _editor.Add(BtfKind.Var, "dummy_ksym", 0, _editor.Int(), GlobalAllocated);
    }

    /// <summary>Arguments of functions that are not extern need names; compilers leave them out in declarations and for naked functions.</summary>
    private void NameArguments(BtfType function)
    {
        BtfType prototype = _types![function.TypeId];
        if (prototype.Kind != BtfKind.FuncProto) return;
        for (int i = 0; i < prototype.Count; i++)
        {
            if (prototype.Extra(i * 2) == 0 && prototype.Extra((i * 2) + 1) != 0) _editor.Set(prototype, 3 + (i * 2), _editor.String("arg"));
        }
    }
}
