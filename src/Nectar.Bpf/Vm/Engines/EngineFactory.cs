// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Vm.Jit;

namespace Nectar.Bpf.Vm;

/// <summary>Chooses the engine.</summary>
internal static class EngineFactory
{
    /// <exception cref="LoadException">Machine code was demanded, and this processor is not supported.</exception>
    internal static Engine Create(VmEngine engine) => engine switch
    {
        VmEngine.Auto or VmEngine.Jit when JitCompiler.IsSupported => JitEngine.Instance,
        VmEngine.Jit => throw new LoadException(Diagnostic.Error(VmCodes.NoJit, "there is no JIT for this processor", "help: use the interpreter")),
        _ => InterpreterEngine.Instance,
    };
}
