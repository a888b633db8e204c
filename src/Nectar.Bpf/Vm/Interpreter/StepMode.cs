// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Vm;

/// <summary>
/// How the interpreter's loop is compiled: a type argument, so that a run without a debugger has no trace of one in its machine code.
/// </summary>
internal interface IStepMode;

/// <summary>The loop alone.</summary>
internal readonly struct Plain : IStepMode;

/// <summary>The loop that asks a <see cref="Debugging.Stepper"/> before each instruction.</summary>
internal readonly struct Stepped : IStepMode;
