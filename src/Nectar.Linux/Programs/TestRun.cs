// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Programs;

/// <summary>What a program is run on in the kernel.</summary>
public readonly record struct TestRunInput
{
    /// <summary>The packet, at least 14 bytes for most types; empty for types without one.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The context, where the type takes one (<c>struct __sk_buff</c>, <c>xdp_md</c>, arguments of a raw tracepoint, a syscall program's).</summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>Runs; 0 and 1 are one.</summary>
    public uint Repeat { get; init; }

    /// <summary>The processor to run on (raw tracepoints, kernel 5.10); null for this one.</summary>
    public int? Cpu { get; init; }

    /// <summary>Room for the packet as the program leaves it; null for the size of the data and 4096 more; 0 if it is not wanted.</summary>
    public int? OutputSize { get; init; }

    /// <summary>For XDP: send the packets really on (<c>BPF_F_TEST_XDP_LIVE_FRAMES</c>, kernel 5.18).</summary>
    public bool LiveFrames { get; init; }

    /// <summary>Packets that live frames handle at once; 0 for the kernel's 64.</summary>
    public uint BatchSize { get; init; }
}

/// <summary>What a run gave.</summary>
/// <param name="ReturnValue">The program's verdict, of the last run.</param>
/// <param name="Data">The packet as the program left it.</param>
/// <param name="Context">The context as the program left it.</param>
/// <param name="NanosecondsPerRun">Mean duration.</param>
public sealed record TestRunResult(uint ReturnValue, byte[] Data, byte[] Context, uint NanosecondsPerRun);

/// <summary><c>BPF_PROG_TEST_RUN</c>.</summary>
internal static unsafe class TestRunner
{
    private const uint RunOnCpu = 1, XdpLiveFrames = 2;
    private const int Growth = 4096;

    internal static TestRunResult Run(KernelProgram program, in TestRunInput input)
    {
        bool wantsOutput = !input.Data.IsEmpty && !input.LiveFrames && input.OutputSize != 0;
        byte[] output = wantsOutput ? new byte[input.OutputSize ?? input.Data.Length + Growth] : [];
        byte[] context = input.LiveFrames ? [] : new byte[input.Context.Length];
        // A syscall program works on the context in place (bpf_prog_test_run_syscall), and takes no other: it gets a copy.
        bool isInPlace = program.Type == ProgramType.Syscall;
        if (isInPlace) input.Context.CopyTo(context);
        fixed (byte* data = input.Data.Span, dataOut = output, givenContext = input.Context.Span, contextOut = context)
        {
            TestRunAttributes attributes = new()
            {
                ProgramFd = (uint)program.Fd,
                DataIn = (ulong)data,
                DataSizeIn = (uint)input.Data.Length,
                DataOut = (ulong)dataOut,
                DataSizeOut = (uint)output.Length,
                ContextIn = (ulong)(isInPlace ? contextOut : givenContext),
                ContextSizeIn = (uint)input.Context.Length,
                ContextOut = isInPlace ? 0 : (ulong)contextOut,
                ContextSizeOut = isInPlace ? 0 : (uint)context.Length,
                Repeat = input.Repeat,
                Flags = (input.Cpu is null ? 0 : RunOnCpu) | (input.LiveFrames ? XdpLiveFrames : 0),
                Cpu = (uint)(input.Cpu ?? 0),
                BatchSize = input.BatchSize,
            };
            Errno errno = BpfSyscall.Try(BpfCommand.ProgTestRun, ref attributes);
            if (errno is Errno.EINVAL or Errno.ENOTSUPP && context.Length > 0 && !isInPlace)
            {
                // tracing programs take a context but give none back
                (attributes.ContextOut, attributes.ContextSizeOut, context) = (0, 0, []);
                errno = BpfSyscall.Try(BpfCommand.ProgTestRun, ref attributes);
            }

            GC.KeepAlive(program);
            if (errno is not (Errno.None or Errno.ENOSPC)) throw Refusal.Make(LinuxCodes.TestRun, $"program '{program.Name}'", $"run it as a test ({program.Type})", "bpf(BPF_PROG_TEST_RUN)", errno);
            if (!isInPlace) context = context[..(int)Math.Min(attributes.ContextSizeOut, (uint)context.Length)];
            return new TestRunResult(attributes.ReturnValue, output[..(int)Math.Min(attributes.DataSizeOut, (uint)output.Length)], context, attributes.Duration);
        }
    }
}
