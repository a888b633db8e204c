// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Bpf.Verifier.Explanations;

/// <summary>What kind of safety a refused program would break. The categories are those that Linux prints from 7.3 on.</summary>
public enum ViolationCategory : byte
{
    /// <summary>A register does not hold what its use needs.</summary>
    RegisterType,

    /// <summary>An access is not proven to stay inside of its memory.</summary>
    Memory,

    /// <summary>Something acquired is not released, or used after it was.</summary>
    ResourceLifetime,

    /// <summary>An argument or result does not fit a call.</summary>
    CallType,

    /// <summary>Something is done where or when it must not be done.</summary>
    ExecutionContext,

    /// <summary>The instructions do not form a program that can be followed.</summary>
    ProgramStructure,

    /// <summary>The type of program, the kernel or the rights of the process do not allow it.</summary>
    Policy,
}

/// <summary>The categories in words.</summary>
public static class ViolationCategories
{
    private static readonly string[] s_words = ["Register Type Safety", "Memory Safety", "Resource Lifetime Safety", "Call Type Safety", "Execution Context Safety", "Program Structure", "Policy"];

    /// <summary>The category as Linux prints it: <c>Memory Safety</c>.</summary>
    public static string ToWords(this ViolationCategory category) => s_words[(int)category];
}
