// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Buffers.Text;

namespace Nectar.Linux.Symbols.Processes;

/// <summary>
/// What tells apart two programs that run under one process number, one after the other: numbers are used again, and <c>execve</c> puts another program
/// in a process's place. Fields of <c>/proc/PID/stat</c> (proc_pid_stat(5)); where the code and the stack are, the kernel shows to those who may trace the process.
/// </summary>
internal readonly record struct ProcessIdentity(ulong StartTime, ulong StartCode, ulong StartStack, ulong Arguments)
{
    private const int StartTimeField = 22, StartCodeField = 26, StartStackField = 28, ArgumentsField = 48;

    /// <summary>False of a process that is gone or about to be: without memory it has no addresses either.</summary>
    internal bool IsKnown => StartTime != 0 && StartCode != 0;

    internal static ProcessIdentity Of(int processId)
    {
        ReadOnlySpan<byte> text = ProcessFiles.Read($"/proc/{processId}/stat");
        int end = text.LastIndexOf((byte)')'); // the name may hold blanks and brackets
        if (end < 0) return default;
        text = text[(end + 1)..];
        Span<ulong> fields = stackalloc ulong[ArgumentsField + 1];
        for (int field = 3; field <= ArgumentsField; field++)
        {
            text = text.TrimStart((byte)' ');
            int length = text.IndexOf((byte)' ');
            if (length < 0) break;
            if (Utf8Parser.TryParse(text[..length], out ulong value, out int used) && used == length) fields[field] = value;
            text = text[length..];
        }

        return new ProcessIdentity(fields[StartTimeField], fields[StartCodeField], fields[StartStackField], fields[ArgumentsField]);
    }
}
