// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Isa;

namespace Nectar.AotTests;

/// <summary>What the libraries must do under native AOT.</summary>
internal static class LibraryChecks
{
    internal static IEnumerable<(string Name, Action Check)> All =>
    [
        ("the opcode table is built", () => Check.True(OpcodeTable.Find(new Instruction(0x95, 0, 0, 0, 0))?.Operation == Operation.Exit)),
    ];
}
