// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Cleanup;
using Nectar.Linux.Links.Network;
using Nectar.Linux.Programs;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Links.Cgroup;

/// <summary>
/// A cgroup program that was attached without a link (<c>BPF_PROG_ATTACH</c>). Exactly this program is detached. The kernel keeps it
/// when the process is killed, as long as the cgroup exists.
/// </summary>
internal sealed class CgroupProgramLink : BpfLink
{
    private const uint Replace = 4;

    private readonly KernelHandle _cgroup;
    private readonly AttachType _type;
    private readonly CgroupSharing _sharing;
    private readonly Lock _lock = new();
    private KernelHandle _program;
    private uint _programId;
    private LeftoverNote _note;

    private CgroupProgramLink(KernelHandle cgroup, KernelProgram program, AttachType type, CgroupSharing sharing, string target)
        : base(target)
    {
        _cgroup = cgroup.Duplicate();
        _program = program.Handle.Duplicate();
        _programId = ProgramInfo.ReadId(program.Handle);
        _type = type;
        _sharing = sharing;
        _note = Note(_programId);
    }

    public override bool IsAttached =>
        !IsDisposed && AttachedPrograms.TryQuery(_cgroup.Fd, _type, 0, out AttachedPrograms? found) == Errno.None && found!.Programs.Any(p => p.ProgramId == _programId);

    public override void Update(KernelProgram program, KernelProgram? expected = null)
    {
        HookPrograms.Require(program, Target, CgroupHooks.Type(_type));
        lock (_lock)
        {
            // With several programs the place of ours is named; an only one is replaced as it is.
            ProgramAttachAttributes attributes = new()
            {
                TargetFdOrInterface = (uint)_cgroup.Fd,
                ProgramFd = (uint)program.Fd,
                AttachType = (uint)_type,
                AttachFlags = (uint)_sharing | (_sharing == CgroupSharing.Several ? Replace : 0),
                ReplaceProgramFd = _sharing == CgroupSharing.Several ? (uint)(expected?.Fd ?? _program.Fd) : 0,
            };
            uint nextId = ProgramInfo.ReadId(program.Handle);
            LeftoverNote note = Note(nextId);
            Errno errno = BpfSyscall.Try(BpfCommand.ProgAttach, ref attributes);
            GC.KeepAlive(program);
            GC.KeepAlive(expected);
            if (errno != Errno.None) note.Dispose();
            if (errno != Errno.None) throw Cgroups.Refuse(program, _cgroup, _type, Target, "bpf(BPF_PROG_ATTACH)", errno, default);
            _program.Dispose();
            _note.Dispose();
            (_program, _programId, _note) = (program.Handle.Duplicate(), nextId, note);
        }
    }

    internal static CgroupProgramLink Attach(KernelProgram program, KernelHandle cgroup, AttachType type, CgroupSharing sharing, CgroupOptions options, string hook)
    {
        ProgramAttachAttributes attributes = new()
        {
            TargetFdOrInterface = (uint)cgroup.Fd,
            ProgramFd = (uint)program.Fd,
            AttachType = (uint)type,
            AttachFlags = (uint)sharing | options.Order.Flags | (options.Replaces is null ? 0 : Replace),
            ReplaceProgramFd = (uint)(options.Replaces?.Fd ?? 0),
            RelativeFdOrId = options.Order.Relative,
            ExpectedRevision = options.ExpectedRevision,
        };
        CgroupProgramLink link = new(cgroup, program, type, sharing, hook); // first: once it is attached nothing may fail
        Errno errno = BpfSyscall.Try(BpfCommand.ProgAttach, ref attributes);
        options.Order.KeepAlive();
        GC.KeepAlive(options.Replaces);
        if (errno == Errno.None) return link;
        link.Close();
        throw Cgroups.Refuse(program, cgroup, type, hook, "bpf(BPF_PROG_ATTACH)", errno, options);
    }

    protected override void Detach()
    {
        lock (_lock)
        {
            // A single program is detached whichever it is: only ours, if somebody replaced it.
            bool isOurs = _sharing == CgroupSharing.Several || AttachedPrograms.TryQuery(_cgroup.Fd, _type, 0, out AttachedPrograms? found) != Errno.None || found!.Programs.Any(p => p.ProgramId == _programId);
            ProgramAttachAttributes attributes = new() { TargetFdOrInterface = (uint)_cgroup.Fd, ProgramFd = (uint)_program.Fd, AttachType = (uint)_type };
            if (isOurs) _ = BpfSyscall.Try(BpfCommand.ProgDetach, ref attributes); // a removed cgroup took the program with it
            Close();
        }
    }

    private LeftoverNote Note(uint programId) => LeftoverNote.Write(LeftoverKind.CgroupProgram, _type.ToString(), programId.ToString(CultureInfo.InvariantCulture),
        new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_cgroup.Fd}")).LinkTarget ?? "?");

    private void Close()
    {
        _note.Dispose();
        _program.Dispose();
        _cgroup.Dispose();
    }
}
