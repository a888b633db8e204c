// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Binary;
using Nectar.Bpf.Btf;
using Nectar.Bpf.Objects;

namespace Nectar.Linux.Loading;

/// <summary>What the kernel is told about a program's code: the type of each function and the source line of each instruction.</summary>
internal static class DebugRecords
{
    internal static (byte[] Functions, byte[] Lines) Write(LinkedProgram program, BtfEditor types)
    {
        bool isTyped = program.Functions.Any(function => function.Source.TypeId != 0);
        bool hasCallbacks = program.Functions.Any(function => function.Source.Relocations.Any(relocation => relocation.Kind == RelocationKind.FunctionAddress));
        if (!isTyped && !hasCallbacks) return ([], []);

        byte[] functions = new byte[program.Functions.Length * 8];
        for (int i = 0; i < program.Functions.Length; i++)
        {
            LinkedFunction function = program.Functions[i];
            // all functions or none: the kernel counts them
            uint type = function.Source.TypeId != 0 ? function.Source.TypeId : types.AddFunction(function.Name);
            BinaryPrimitives.WriteUInt32LittleEndian(functions.AsSpan(i * 8), (uint)function.Start);
            BinaryPrimitives.WriteUInt32LittleEndian(functions.AsSpan((i * 8) + 4), type);
        }

        // The kernel wants a line at the start of every function as soon as there is one, in ascending order.
        bool hasLines = program.Functions.All(function => function.Source.Lines is [{ Instruction: 0 }, ..]);
        if (!hasLines) return (functions, []);
        byte[] lines = new byte[program.Lines.Length * 16];
        int count = 0;
        int last = -1;
        foreach (LineInfo line in program.Lines)
        {
            if (line.Instruction <= last) continue; // two lines for one instruction: the first stands
            last = line.Instruction;
            Span<byte> record = lines.AsSpan(count++ * 16);
            BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)line.Instruction);
            BinaryPrimitives.WriteUInt32LittleEndian(record[4..], types.String(line.File.Length > 0 ? line.File : "?"));
            BinaryPrimitives.WriteUInt32LittleEndian(record[8..], types.String(line.Text.Length > 0 ? line.Text : " "));
            BinaryPrimitives.WriteUInt32LittleEndian(record[12..], ((uint)line.Line << 10) | ((uint)line.Column & 1023));
        }

        return (functions, lines[..(count * 16)]);
    }
}
