// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Frontends.IL.Types;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Frontends.IL.Calls;

/// <summary>The kernel functions of the numeric iterator (6.4): made when a module first counts.</summary>
internal sealed class IteratorFunctions(BtfTypeMapper mapper)
{
    private readonly BtfBuilder _types = mapper.Builder;
    private readonly Dictionary<string, KernelFunctionTarget> _known = new(StringComparer.Ordinal);
    private uint _iterator;

    /// <summary><c>bpf_iter_num_new</c>, <c>bpf_iter_num_next</c> or <c>bpf_iter_num_destroy</c>.</summary>
    public KernelFunctionTarget Get(string name)
    {
        if (_known.TryGetValue(name, out KernelFunctionTarget? known)) return known;
        uint number = mapper.Int, iterator = Iterator(number);
        uint prototype = name switch
        {
            "bpf_iter_num_new" => _types.AddFuncProto(number, [new BtfParameter("it", iterator), new BtfParameter("start", number), new BtfParameter("end", number)]),
            "bpf_iter_num_next" => _types.AddFuncProto(_types.AddPointer(number), [new BtfParameter("it", iterator)]),
            _ => _types.AddFuncProto(0, [new BtfParameter("it", iterator)]),
        };
        KernelFunctionTarget target = new(_types.AddFunc(name, prototype, (uint)FunctionLinkage.Extern), IsWeak: false)
        {
            Name = name,
            Reads = 1,
            Writes = 1,
            ResultOrigin = name == "bpf_iter_num_next" ? PointerOrigin.Record : PointerOrigin.Unknown,
        };
        _known.Add(name, target);
        return target;
    }

    /// <summary>A pointer to <c>struct bpf_iter_num</c>, 8 bytes that nobody looks into.</summary>
    private uint Iterator(uint number)
    {
        if (_iterator != 0) return _iterator;
        uint word = _types.AddInt("unsigned long long", 8, BtfIntEncoding.None);
        uint iterator = _types.AddComposite(BtfKind.Struct, "bpf_iter_num", 8, [new BtfMember("__opaque", _types.AddArray(word, number, 1), 0, 0)]);
        return _iterator = _types.AddPointer(iterator);
    }
}
