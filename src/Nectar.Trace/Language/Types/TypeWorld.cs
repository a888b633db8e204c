// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Btf;
using Nectar.Linux.Loading;
using Nectar.Trace.Language.Declarations;

namespace Nectar.Trace.Language.Types;

/// <summary>
/// Types by name: what the script declares, then what the kernel has, then its modules. The kernel's types are read when first asked for.
/// </summary>
internal sealed class TypeWorld(CDeclarations? script = null, Func<BtfTypes?>? kernel = null)
{
    private readonly Func<BtfTypes?> _read = kernel ?? (static () => KernelBtf.Running.TryVmlinux);
    private readonly bool _isRunning = kernel is null;
    private readonly Dictionary<string, TraceType?> _found = new(StringComparer.Ordinal);
    private BtfTypeFactory? _kernel;
    private bool _isRead;
    private List<BtfTypeFactory>? _modules;
    private readonly Dictionary<BtfTypes, BtfTypeFactory> _others = [];
    private Dictionary<string, (long, EnumType)?>? _enumerators;

    /// <summary>The kernel's types; null where there are none. Reads them.</summary>
    public BtfTypeFactory? Kernel
    {
        get
        {
            if (_isRead) return _kernel;
            _isRead = true;
            return _kernel = _read() is { } types ? new BtfTypeFactory(types) : null;
        }
    }

    /// <summary>The kernel's types have been read.</summary>
    public bool IsKernelRead => _isRead;

    /// <summary>A type by name: <c>struct x</c>, <c>union x</c>, <c>enum x</c>, a typedef, an integer of C. Null if there is none.</summary>
    public TraceType? Find(string name) => Find(name, null);

    /// <summary>As <see cref="Find(string)"/>, with a program's types before the kernel's.</summary>
    /// <param name="name">The name.</param>
    /// <param name="program">Types of the program that is probed, which come before the kernel's; null without.</param>
    public TraceType? Find(string name, Func<DwarfTypeFactory?>? program)
    {
        if (script?.Find(name) is { } declared) return declared;
        if (program is not null && BuiltinTypes.FindInteger(name) is null && program()?.Find(name) is { } own) return own;
        if (_found.TryGetValue(name, out TraceType? known)) return known;
        TraceType? found = BuiltinTypes.FindInteger(name) ?? FindInKernel(name);
        _found.Add(name, found);
        return found;
    }

    /// <summary>The script declares it, perhaps of parts that nobody knows.</summary>
    public bool IsDeclared(string name) => script?.Declared(name) is not null;

    /// <summary>An enumerator by name, of the script or the kernel.</summary>
    public (long Value, EnumType Of)? FindEnumerator(string name)
    {
        if (script?.FindEnumerator(name) is { } declared) return declared;
        _enumerators ??= new Dictionary<string, (long, EnumType)?>(StringComparer.Ordinal);
        if (_enumerators.TryGetValue(name, out (long, EnumType)? known)) return known;
        (long, EnumType)? found = null;
        foreach (BtfTypeFactory factory in Factories())
        {
            if ((found = FindEnumerator(factory, name)) is not null) break;
        }

        _enumerators.Add(name, found);
        return found;
    }

    /// <summary>The type of a kernel's variable (of a per-CPU section: the others are not in BTF); null if it is not known.</summary>
    public TraceType? FindVariable(string name) => Kernel is { } kernel && kernel.Types.FindByName(name, BtfKind.Var) is var id and not 0 ? kernel.Make(id) : null;

    /// <summary>A function of the kernel that programs may call: one with the tag <c>bpf_kfunc</c>.</summary>
    public bool IsKernelFunction(string name)
    {
        if (Kernel is not { } kernel || kernel.Types.FindByName(name, BtfKind.Func) is not (var function and not 0)) return false;
        for (uint id = 1; id < kernel.Types.Count; id++)
        {
            BtfType type = kernel.Types[id];
            if (type.Kind == BtfKind.DeclTag && type.TypeId == function && type.NameUtf8.SequenceEqual("bpf_kfunc"u8)) return true;
        }

        return false;
    }

    /// <summary>Names near one that is not known; of the kernel's only if they have been read.</summary>
    public IEnumerable<string> Names(string like)
    {
        if (script is not null)
        {
            foreach (string name in script.Names) yield return name;
        }

        if (Kernel is not { } kernel) yield break;
        string prefix = like.StartsWith("struct ", StringComparison.Ordinal) ? "struct " : like.StartsWith("union ", StringComparison.Ordinal) ? "union " : like.StartsWith("enum ", StringComparison.Ordinal) ? "enum " : "";
        for (uint id = 1; id < kernel.Types.Count; id++)
        {
            BtfType type = kernel.Types[id];
            if (type.NameOffset == 0 || Math.Abs(type.NameUtf8.Length + prefix.Length - like.Length) > 3) continue;
            if (type.Kind == KindOf(prefix)) yield return prefix + type.Name;
        }

        static BtfKind KindOf(string prefix) => prefix switch { "struct " => BtfKind.Struct, "union " => BtfKind.Union, "enum " => BtfKind.Enum, _ => BtfKind.Typedef };
    }

    /// <summary>A type as C writes it: <c>const struct x *</c>, <c>enum x</c>, <c>unsigned int</c>; null if the name is not known.</summary>
    public TraceType? FindByCName(string name)
    {
        string bare = name.Trim();
        while (bare.EndsWith("*const", StringComparison.Ordinal) || bare.EndsWith(" const", StringComparison.Ordinal)) bare = bare[..^5].TrimEnd();
        if (bare.EndsWith('*')) return TraceType.Pointer(FindByCName(bare[..^1]) ?? TraceType.Void);
        bare = string.Join(' ', bare.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(w => w is not ("const" or "volatile" or "__user" or "__rcu")));
        return bare == "void" ? TraceType.Void : bare == "bool" ? TraceType.Boolean : bare.Length == 0 ? null : Find(bare);
    }

    /// <summary>The type of a number in a set of kernel types.</summary>
    public TraceType? Make(BtfTypes types, uint id)
    {
        foreach (BtfTypeFactory factory in Factories())
        {
            if (ReferenceEquals(factory.Types, types)) return factory.Make(id);
        }

        if (!_others.TryGetValue(types, out BtfTypeFactory? other)) _others.Add(types, other = new BtfTypeFactory(types));
        return other.Make(id);
    }

    /// <summary>A type by name in the kernel and its modules only.</summary>
    public TraceType? FindInKernel(string name)
    {
        (string bare, BtfKind[] kinds) = name switch
        {
            _ when name.StartsWith("struct ", StringComparison.Ordinal) => (name[7..], s_struct),
            _ when name.StartsWith("union ", StringComparison.Ordinal) => (name[6..], s_union),
            _ when name.StartsWith("enum ", StringComparison.Ordinal) => (name[5..], s_enum),
            _ => (name, s_bare),
        };
        foreach (BtfTypeFactory factory in Factories())
        {
            foreach (BtfKind kind in kinds)
            {
                uint id = factory.Types.FindByName(bare, kind);
                if (id != 0) return factory.Make(id);
            }
        }

        return null;
    }

    private static readonly BtfKind[] s_struct = [BtfKind.Struct], s_union = [BtfKind.Union], s_enum = [BtfKind.Enum, BtfKind.Enum64], s_bare = [BtfKind.Typedef, BtfKind.Int, BtfKind.Struct, BtfKind.Union, BtfKind.Enum];

    private IEnumerable<BtfTypeFactory> Factories()
    {
        if (Kernel is not { } kernel) yield break;
        yield return kernel;
        if (!_isRunning) yield break;
        _modules ??= [.. KernelBtf.Running.Modules.Select(m => new BtfTypeFactory(m.Types))];
        foreach (BtfTypeFactory module in _modules) yield return module;
    }

    /// <summary>Enums have no index by enumerator: one walk over the records, comparing text in place.</summary>
    private static (long, EnumType)? FindEnumerator(BtfTypeFactory factory, string name)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        for (uint id = Math.Max(1, factory.Types.FirstId); id < factory.Types.Count; id++)
        {
            BtfType type = factory.Types[id];
            if (!type.IsEnum) continue;
            for (int i = 0; i < type.Count; i++)
            {
                (uint text, long value) = type.EnumeratorRaw(i);
                if (factory.Types.StringAt(text).SequenceEqual(utf8)) return (value, factory.Enum(type));
            }
        }

        return null;
    }
}
