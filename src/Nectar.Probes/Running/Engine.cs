// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Probes;

/// <summary>What runs a program in a test; all of them give the same.</summary>
public enum Engine
{
    /// <summary>The method itself on the CLR: with breakpoints, without the compiler.</summary>
    Managed,

    /// <summary>Compiled, in this process, instruction by instruction, with every access checked.</summary>
    Interpreter,

    /// <summary>Compiled, in this process, verified, as machine code.</summary>
    Jit,

    /// <summary>Compiled, in the kernel, by its test run: root only, for the types that have one.</summary>
    Kernel,
}
