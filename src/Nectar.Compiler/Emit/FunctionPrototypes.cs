// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;
using Nectar.Compiler.Ir;

namespace Nectar.Compiler.Emit;

/// <summary>Types of functions whose front-end gave none: the kernel wants a FUNC for every function as soon as one is called back or has lines.</summary>
internal sealed class FunctionPrototypes(IrModule module)
{
    private uint _int;
    private uint _long;
    private uint _pointer;

    public void Complete(IrFunction function)
    {
        if (function.TypeId != 0) return;
        BtfBuilder types = module.Types;
        BtfParameter[] parameters = [.. function.Parameters.Select((parameter, i) => new BtfParameter("arg" + i.ToString(CultureInfo.InvariantCulture), Of(parameter.Type)))];
        bool isEntry = module.Programs.Exists(program => program.Entry == function);
        uint prototype = types.AddFuncProto(Of(isEntry ? IrType.I32 : function.Result), parameters);
        function.TypeId = types.AddFunc(function.Name, prototype, (uint)(isEntry || function.IsGlobal ? FunctionLinkage.Global : FunctionLinkage.Static));
    }

    private uint Of(IrType type) => type switch
    {
        IrType.Void => 0,
        IrType.I32 => _int != 0 ? _int : _int = module.Types.AddInt("int", 4, BtfIntEncoding.Signed),
        IrType.I64 => _long != 0 ? _long : _long = module.Types.AddInt("long long", 8, BtfIntEncoding.Signed),
        _ => _pointer != 0 ? _pointer : _pointer = module.Types.AddPointer(0),
    };
}
