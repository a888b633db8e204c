// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.KernelTests.Verifier.Rules;

/// <summary>Loads tiny programs by the thousand; the kernel's word is in the log.</summary>
internal static unsafe class KernelLoads
{
    private const int LogSize = 1 << 14;

    [ThreadStatic]
    private static byte[]? s_log;

    /// <summary>Loads and unloads a program.</summary>
    internal static Errno Load(ProgramType type, ReadOnlySpan<Instruction> code, out string log, AttachType attach = 0, uint flags = 0, uint btfId = 0, string license = "GPL", uint logLevel = 4)
    {
        s_log ??= new byte[LogSize];
        s_log[0] = 0;
        byte[] licenseText = Encoding.UTF8.GetBytes(license + "\0");
        fixed (byte* text = s_log, licenseBytes = licenseText)
        fixed (Instruction* instructions = code)
        {
            ProgramLoadAttributes attributes = new()
            {
                Type = type,
                InstructionCount = (uint)code.Length,
                Instructions = (ulong)instructions,
                License = (ulong)licenseBytes,
                LogLevel = logLevel,
                LogSize = LogSize,
                LogBuffer = (ulong)text,
                Flags = flags,
                ExpectedAttachType = (uint)attach,
                AttachBtfId = btfId,
            };
            Errno errno = Errno.EAGAIN;
            for (int tries = 0; tries < 5 && errno == Errno.EAGAIN; tries++)
            {
                errno = BpfSyscall.TryOpen(BpfCommand.ProgLoad, ref attributes, out KernelHandle? handle);
                handle?.Dispose();
            }

            int end = Array.IndexOf(s_log, (byte)0);
            log = end <= 0 ? "" : Encoding.UTF8.GetString(s_log, 0, end);
            return errno;
        }
    }
}
