// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;
using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Linux.Refusals;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Programs;

/// <summary>
/// Loads one program. The first attempt asks for statistics (log level 4): with them the kernel writes what is wrong, but no steps, so that they
/// cost nothing. The steps are asked for in a second attempt, and only if the verifier had not looked at many instructions: a program that
/// kept it busy for eight seconds is not sent there again unasked.
/// </summary>
internal static unsafe class ProgramLoader
{
    private const uint StepsLevel = 1, StatisticsLevel = 4;
    private const int SmallestLog = 1 << 16, LargestLog = 1 << 28;
    private const int MaxRetries = 5;
    private const long MostInstructionsToRepeat = 100_000; // of the million that the verifier looks at: well below a second

    internal static KernelProgram Load(ProgramLoad request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Errno errno = Try(request, request.LogLevel == 0 ? StatisticsLevel : request.LogLevel, out KernelHandle? handle, out string log);
        if (handle is not null)
        {
            if (request.LogLevel != 0) request.LogSink?.Invoke(log);
            return new KernelProgram(handle, request.Name, request.Type, request.ExpectedAttachType) { Definition = request.Definition };
        }

        VerifierLog statistics = VerifierLog.Parse(log);
        bool isRefusal = statistics.Messages.Count > 0 || statistics.Report is not null;
        if (!isRefusal) throw ProgramRefusal.Make(request, errno);
        bool isQuick = statistics.ProcessedInstructions <= MostInstructionsToRepeat;
        if (request.LogLevel == 0 && isQuick)
        {
            Errno again = Try(request, StepsLevel, out handle, out string steps);
            handle?.Dispose(); // accepted now: something else changed meanwhile; the first answer stands
            if (again != Errno.None && steps.Length > 0) (errno, log) = (again == Errno.ENOSPC ? errno : again, steps);
        }

        VerificationException refusal = VerifierRefusal.Explain(request.Source, request.Name, log, errno, askKernel: true);
        if (request.LogLevel != 0) request.LogSink?.Invoke(log);
        throw isQuick || request.LogLevel != 0 ? refusal : VerifierRefusal.WithoutSteps(refusal, statistics.Duration);
    }

    private static Errno Try(ProgramLoad request, uint level, out KernelHandle? handle, out string log)
    {
        long logSize = SmallestLog;
        while (true)
        {
            byte* buffer = (byte*)NativeMemory.Alloc((nuint)logSize);
            try
            {
                buffer[0] = 0;
                Errno errno = Call(request, level, buffer, (uint)logSize, out handle, out uint trueSize);
                // ENOSPC: the log did not fit, which says nothing about the program. Kernels from 6.4 on say how long it is.
                if (errno == Errno.ENOSPC && logSize < LargestLog)
                {
                    logSize = Math.Min(LargestLog, trueSize > logSize ? trueSize : logSize * 4);
                    continue;
                }

                ReadOnlySpan<byte> text = new(buffer, (int)logSize);
                int end = text.IndexOf((byte)0);
                log = Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
                return errno;
            }
            finally
            {
                NativeMemory.Free(buffer);
            }
        }
    }

    private static Errno Call(ProgramLoad request, uint level, byte* log, uint logSize, out KernelHandle? handle, out uint trueLogSize)
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
                LogLevel = level,
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
            trueLogSize = attributes.LogTrueSize;
            return errno;
        }
    }
}
