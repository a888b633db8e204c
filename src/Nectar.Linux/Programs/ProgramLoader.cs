// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Programs;

/// <summary>Loads one program, and asks for the verifier's log when the kernel says no.</summary>
internal static unsafe class ProgramLoader
{
    private const int SmallestLog = 1 << 16, LargestLog = 1 << 28;
    private const int MaxRetries = 5;

    internal static KernelProgram Load(ProgramLoad request)
    {
        ArgumentNullException.ThrowIfNull(request);
        string log = "";
        Errno errno = Try(request, request.LogLevel, request.LogLevel == 0 ? 0 : SmallestLog, out KernelHandle? handle, ref log);
        // The log costs the verifier time, so the usual load goes without; a refusal is worth a second run.
        if (errno != Errno.None && request.LogLevel == 0 && IsWorthALog(errno)) errno = Try(request, 1, SmallestLog, out handle, ref log);
        if (errno == Errno.None)
        {
            if (request.LogLevel != 0) request.LogSink?.Invoke(log);
            return new KernelProgram(handle!, request.Name, request.Type, request.ExpectedAttachType) { Definition = request.Definition };
        }

        if (log.Length > 0) throw Refused(request, log, errno);
        throw Refusal.Make(LinuxCodes.Program, $"program '{request.Name}'", "load", "bpf(BPF_PROG_LOAD)", errno, $"note: {request.Type}, {request.Instructions.Length} instructions");
    }

    private static VerificationException Refused(ProgramLoad request, string log, Errno errno)
    {
        string[] lines = [.. log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("processed ", StringComparison.Ordinal))];
        string last = lines.Length > 0 ? lines[^1] : errno.ToString();
        return new VerificationException([Diagnostic.Error(LinuxCodes.Program, $"program '{request.Name}': the kernel's verifier refuses it ({errno}): {last}")], request.Name, log);
    }

    private static bool IsWorthALog(Errno errno) => errno is not (Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM);

    private static Errno Try(ProgramLoad request, uint level, int logSize, out KernelHandle? handle, ref string log)
    {
        while (true)
        {
            byte* buffer = logSize == 0 ? null : (byte*)NativeMemory.Alloc((nuint)logSize);
            try
            {
                if (buffer is not null) buffer[0] = 0;
                Errno errno = Call(request, level, buffer, (uint)logSize, out handle);
                if (buffer is not null)
                {
                    // ENOSPC: the log did not fit, which says nothing about the program
                    if (errno == Errno.ENOSPC && logSize < LargestLog)
                    {
                        logSize *= 4;
                        continue;
                    }

                    ReadOnlySpan<byte> text = new(buffer, logSize);
                    int end = text.IndexOf((byte)0);
                    log = Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
                }

                return errno;
            }
            finally
            {
                NativeMemory.Free(buffer);
            }
        }
    }

    private static Errno Call(ProgramLoad request, uint level, byte* log, uint logSize, out KernelHandle? handle)
    {
        fixed (Instruction* instructions = request.Instructions.Span)
        fixed (byte* license = Encoding.ASCII.GetBytes(request.License + "\0"), functions = request.FunctionInfo.Span, lines = request.LineInfo.Span)
        fixed (int* descriptors = request.FdArray.Span)
        {
            ProgramLoadAttributes attributes = new()
            {
                Type = request.Type,
                InstructionCount = (uint)request.Instructions.Length,
                Instructions = (ulong)instructions,
                License = (ulong)license,
                LogLevel = log is null ? 0 : level,
                LogSize = logSize,
                LogBuffer = (ulong)log,
                KernelVersion = request.KernelVersion,
                Flags = request.Flags,
                InterfaceIndex = request.InterfaceIndex,
                ExpectedAttachType = (uint)(request.ExpectedAttachType ?? 0),
                AttachBtfId = request.AttachBtfId,
                AttachProgramOrBtfObjFd = (uint)(request.AttachTarget?.Fd ?? 0),
                FdArray = (ulong)descriptors,
            };
            if (request.Types is { } types)
            {
                attributes.BtfFd = (uint)types.Fd;
                (attributes.FuncInfo, attributes.FuncInfoRecordSize, attributes.FuncInfoCount) = ((ulong)functions, 8, (uint)request.FunctionInfo.Length / 8);
                (attributes.LineInfo, attributes.LineInfoRecordSize, attributes.LineInfoCount) = ((ulong)lines, 16, (uint)request.LineInfo.Length / 16);
            }

            KernelNames.Write(request.Name, new Span<byte>(attributes.Name, 16));
            Errno errno = Errno.EAGAIN;
            handle = null;
            // EAGAIN: a signal came while the verifier worked
            for (int i = 0; i < MaxRetries && errno == Errno.EAGAIN; i++) errno = BpfSyscall.TryOpen(BpfCommand.ProgLoad, ref attributes, out handle);
            GC.KeepAlive(request.Types);
            GC.KeepAlive(request.AttachTarget);
            return errno;
        }
    }
}
