// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Maps;
using Nectar.Linux.Syscalls;
using Nectar.Tests.Verifier.Fuzzing;

namespace Nectar.KernelTests.Verifier.Fuzzing;

/// <summary>Asks this kernel about generated programs; their maps are made once.</summary>
internal sealed unsafe class KernelJudge : IDisposable
{
    private static readonly byte[] s_license = "GPL\0"u8.ToArray();
    private readonly KernelMap[] _maps = [.. FuzzMaps.All.Select(map => KernelMap.Create(map))];
    private readonly Dictionary<(ProgramType, AttachType?), KernelMap> _programs = []; // the first program that uses one decides about its type
    private readonly byte[] _log = new byte[1 << 20];

    /// <summary>Whether the kernel takes the program; if not, with its errno.</summary>
    public bool Accepts(FuzzProgram program, out Errno errno)
    {
        errno = Load(program, 0);
        return errno == Errno.None;
    }

    /// <summary>The kernel's log of a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="level">1, or 2 with the state after each instruction.</param>
    public string Log(FuzzProgram program, uint level)
    {
        _log[0] = 0;
        Load(program, level);
        return Encoding.UTF8.GetString(_log, 0, Math.Max(0, Array.IndexOf(_log, (byte)0)));
    }

    public void Dispose()
    {
        foreach (KernelMap map in _maps) map.Dispose();
        foreach (KernelMap map in _programs.Values) map.Dispose();
    }

    private Errno Load(FuzzProgram program, uint level)
    {
        Instruction[] code = Bind(program);
        fixed (byte* text = _log, license = s_license)
        fixed (Instruction* instructions = code)
        {
            ProgramLoadAttributes attributes = new()
            {
                Type = program.Type,
                InstructionCount = (uint)code.Length,
                Instructions = (ulong)instructions,
                License = (ulong)license,
                LogLevel = level,
                LogSize = level == 0 ? 0 : (uint)_log.Length,
                LogBuffer = level == 0 ? 0 : (ulong)text,
                ExpectedAttachType = (uint)(program.Attach ?? 0),
            };
            Errno errno = Errno.EAGAIN;
            for (int tries = 0; tries < 5 && errno == Errno.EAGAIN; tries++)
            {
                errno = BpfSyscall.TryOpen(BpfCommand.ProgLoad, ref attributes, out KernelHandle? handle);
                handle?.Dispose();
            }
            return errno;
        }
    }

    private Instruction[] Bind(FuzzProgram program)
    {
        Instruction[] bound = [.. program.Code];
        for (int i = 0; i + 1 < bound.Length; i++)
        {
            if (bound[i].Opcode != OpcodeTable.LdImm64) continue;
            PseudoSource source = (PseudoSource)bound[i].Source;
            int index = bound[i].Immediate;
            if (source is PseudoSource.MapIndex or PseudoSource.MapIndexValue && (uint)index < (uint)_maps.Length)
            {
                bound[i] = bound[i].WithSource((int)(source == PseudoSource.MapIndex ? PseudoSource.MapFd : PseudoSource.MapValue)).WithImmediate((int)Map(program, index).Handle.DangerousGetHandle());
            }
            i++;
        }
        return bound;
    }

    private KernelMap Map(FuzzProgram program, int index)
    {
        if (index != FuzzMaps.Programs) return _maps[index];
        if (!_programs.TryGetValue((program.Type, program.Attach), out KernelMap? map)) _programs.Add((program.Type, program.Attach), map = KernelMap.Create(FuzzMaps.All[index]));
        return map;
    }
}
