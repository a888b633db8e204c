// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Pins;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Programs;

/// <summary>
/// A program of the kernel: an owned descriptor. The program itself lives as long as a descriptor, a link, a hook or a pin refers to it.
/// </summary>
public sealed unsafe class KernelProgram : IDisposable
{
    internal KernelProgram(KernelHandle handle, string name, ProgramType type, AttachType? expectedAttachType)
    {
        Handle = handle;
        Name = name;
        Type = type;
        ExpectedAttachType = expectedAttachType;
    }

    /// <summary>The descriptor; owned by this object.</summary>
    public KernelHandle Handle { get; }

    /// <summary>The name in the object; the kernel keeps the first 15 characters.</summary>
    public string Name { get; }

    /// <summary>The program's type.</summary>
    public ProgramType Type { get; }

    /// <summary>Where it said at load that it will be attached; null where the type needs none.</summary>
    public AttachType? ExpectedAttachType { get; }

    /// <summary>What the object says about the program; null for programs that were opened by id or path.</summary>
    public ProgramDefinition? Definition { get; internal init; }

    /// <summary>The descriptor's number.</summary>
    internal int Fd => Handle.Fd;

    /// <summary>Loads a program whose code is complete: maps, types and externs are descriptors and numbers of this kernel.</summary>
    /// <exception cref="VerificationException">The kernel's verifier refuses it.</exception>
    /// <exception cref="KernelException">The kernel refuses it for another reason (NEC4003).</exception>
    public static KernelProgram Load(ProgramLoad request) => ProgramLoader.Load(request);

    /// <summary>Opens a program that lives in the kernel.</summary>
    /// <exception cref="KernelException">There is no such program, or it may not be opened (NEC4003).</exception>
    public static KernelProgram OpenById(uint id)
    {
        ObjectIdAttributes attributes = new() { Id = id };
        Errno errno = BpfSyscall.TryOpen(BpfCommand.ProgGetFdById, ref attributes, out KernelHandle? handle);
        return errno == Errno.None ? FromHandle(handle!) : throw Refusal.Make(LinuxCodes.Program, $"program {id}", "open", "bpf(BPF_PROG_GET_FD_BY_ID)", errno);
    }

    /// <summary>Opens a pinned program.</summary>
    /// <exception cref="KernelException">There is nothing, or something else than a program (NEC4006).</exception>
    public static KernelProgram OpenPinned(string path)
    {
        KernelHandle handle = BpfPins.Open(path);
        try
        {
            return FromHandle(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Takes over the descriptor of a program.</summary>
    /// <exception cref="KernelException">It is none of a program (NEC4003).</exception>
    public static KernelProgram FromHandle(KernelHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        ProgramInfo info = ProgramInfo.Read(handle);
        return new KernelProgram(handle, info.Name, info.Type, null);
    }

    /// <summary>What the kernel knows about the program.</summary>
    public ProgramInfo GetInfo() => ProgramInfo.Read(Handle);

    /// <summary>Gives the program a path in a bpf filesystem, which keeps it alive.</summary>
    /// <exception cref="KernelException">The path cannot be pinned to (NEC4006).</exception>
    public void Pin(string path) => BpfPins.Pin(Handle, path, $"program '{Name}'");

    /// <summary>Runs the program in the kernel on data that the caller gives (<c>BPF_PROG_TEST_RUN</c>).</summary>
    /// <exception cref="KernelException">The type has no test run, or the data does not suit it (NEC4007).</exception>
    public TestRunResult TestRun(in TestRunInput input) => TestRunner.Run(this, input);

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Type}";
}
