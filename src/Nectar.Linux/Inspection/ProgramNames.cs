// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Inspection;

/// <summary>Whole names of programs: the kernel keeps 15 characters, a program's types keep all.</summary>
public static class ProgramNames
{
    private const int KernelLength = 15;

    /// <summary>The name as the author wrote it where the program has types, else as the kernel has it.</summary>
    public static unsafe string Whole(KernelProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        ProgramInfo info = program.GetInfo();
        if (info.Name.Length < KernelLength || info.BtfId == 0 || info.FunctionCount == 0) return info.Name;
        // The entry's record is enough: 8 bytes, slot and type.
        uint* record = stackalloc uint[2];
        RawProgramInfo raw = new() { FunctionInfoCount = 1, FunctionInfoRecordSize = 8, FunctionInfo = (ulong)record };
        ProgramInfo.Query(program.Handle, ref raw);
        BtfTypes? types = KernelTypes.TryRead(info.BtfId);
        return types is not null && record[1] > 0 && record[1] < (uint)types.Count && types[record[1]].Name.StartsWith(info.Name, StringComparison.Ordinal) ? types[record[1]].Name : info.Name;
    }

    /// <summary>As <see cref="Whole(KernelProgram)"/>, by number; the kernel's short name if the program ended meanwhile.</summary>
    public static string Whole(ProgramInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        if (info.Name.Length < KernelLength || info.BtfId == 0) return info.Name;
        try
        {
            using KernelProgram program = KernelProgram.OpenById(info.Id);
            return Whole(program);
        }
        catch (Bpf.Diagnostics.KernelException)
        {
            return info.Name;
        }
    }
}
