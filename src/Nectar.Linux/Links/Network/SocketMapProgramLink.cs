// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Maps;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links.Network;

/// <summary>A program of a map of sockets that was attached without a link; exactly this program is detached.</summary>
internal sealed class SocketMapProgramLink : BpfLink
{
    private readonly KernelHandle _map;
    private readonly AttachType _type;
    private KernelHandle _program;
    private uint _programId;

    private SocketMapProgramLink(KernelMap map, KernelProgram program, AttachType type, string target)
        : base(target)
    {
        _map = map.Handle.Duplicate();
        _program = program.Handle.Duplicate();
        _programId = ProgramInfo.ReadId(program.Handle);
        _type = type;
    }

    public override bool IsAttached =>
        !IsDisposed && AttachedPrograms.TryQuery(_map.Fd, _type, 0, out AttachedPrograms? found) is var errno && (errno != Errno.None || found!.Programs.Any(p => p.ProgramId == _programId)); // before 5.18 it does not tell

    public override void Update(KernelProgram program, KernelProgram? expected = null)
    {
        HookPrograms.Require(program, Target, ProgramType.SkMsg, ProgramType.SkSkb);
        bool isExpected = expected is null || (AttachedPrograms.TryQuery(_map.Fd, _type, 0, out AttachedPrograms? found) == Errno.None && found!.Programs is [var only] && only.ProgramId == ProgramInfo.ReadId(expected.Handle));
        ProgramAttachAttributes attributes = new() { TargetFdOrInterface = (uint)_map.Fd, ProgramFd = (uint)program.Fd, AttachType = (uint)_type };
        Errno errno = isExpected ? BpfSyscall.Try(BpfCommand.ProgAttach, ref attributes) : Errno.EBUSY;
        GC.KeepAlive(program);
        if (errno != Errno.None) throw SocketMaps.Refuse(program, Target, "bpf(BPF_PROG_ATTACH)", errno);
        _program.Dispose();
        (_program, _programId) = (program.Handle.Duplicate(), ProgramInfo.ReadId(program.Handle));
    }

    internal static SocketMapProgramLink Attach(KernelProgram program, KernelMap map, AttachType type, string hook, string? fallback)
    {
        SocketMapProgramLink link = new(map, program, type, hook) { Fallback = fallback };
        ProgramAttachAttributes attributes = new() { TargetFdOrInterface = (uint)map.Handle.Fd, ProgramFd = (uint)program.Fd, AttachType = (uint)type };
        Errno errno = BpfSyscall.Try(BpfCommand.ProgAttach, ref attributes);
        if (errno == Errno.None) return link;
        link.Close();
        throw SocketMaps.Refuse(program, hook, "bpf(BPF_PROG_ATTACH)", errno);
    }

    protected override void Detach()
    {
        ProgramAttachAttributes attributes = new() { TargetFdOrInterface = (uint)_map.Fd, ProgramFd = (uint)_program.Fd, AttachType = (uint)_type };
        _ = BpfSyscall.Try(BpfCommand.ProgDetach, ref attributes); // the kernel compares: another program stays
        Close();
    }

    private void Close()
    {
        _program.Dispose();
        _map.Dispose();
    }
}
