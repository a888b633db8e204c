// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Maps;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Inspection;

/// <summary>A program that a process has attached to a tracepoint or probe by a perf event or raw tracepoint of its own.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Fd">Its descriptor.</param>
/// <param name="ProgramId">The program.</param>
/// <param name="Kind"><c>raw_tracepoint</c>, <c>tracepoint</c>, <c>kprobe</c>, <c>kretprobe</c>, <c>uprobe</c> or <c>uretprobe</c>.</param>
/// <param name="Name">The tracepoint, function or file; empty for probes at an address.</param>
/// <param name="Offset">Offset in the function or file.</param>
/// <param name="Address">The address; 0 where the name says it.</param>
public sealed record PerfAttachment(int Pid, int Fd, uint ProgramId, string Kind, string Name, ulong Offset, ulong Address);

/// <summary>Finds programs at perf events of all processes (<c>BPF_TASK_FD_QUERY</c>, kernel 4.18).</summary>
public static unsafe class PerfAttachments
{
    private const int NameSize = 4096;
    private static readonly string[] s_kinds = ["raw_tracepoint", "tracepoint", "kprobe", "kretprobe", "uprobe", "uretprobe"];

    /// <summary>All of them, by process and descriptor.</summary>
    public static IEnumerable<PerfAttachment> All()
    {
        List<int> pids = [];
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out int pid)) pids.Add(pid);
        }

        pids.Sort();
        return pids.SelectMany(Of);
    }

    private static List<PerfAttachment> Of(int pid)
    {
        List<PerfAttachment> found = [];
        try
        {
            foreach (string path in Directory.EnumerateFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/fd")))
            {
                if (new FileInfo(path).LinkTarget is "anon_inode:[perf_event]" or "anon_inode:bpf-raw_tracepoint" or "anon_inode:bpf-raw-tracepoint"
                    && int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out int fd) && Query(pid, fd) is { } one) found.Add(one);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // the process ended, or is another user's
        }

        return found;
    }

    private static PerfAttachment? Query(int pid, int fd)
    {
        byte[] name = new byte[NameSize];
        fixed (byte* buffer = name)
        {
            TaskFdQueryAttributes attributes = new() { Pid = (uint)pid, Fd = (uint)fd, BufferSize = NameSize, Buffer = (ulong)buffer };
            if (BpfSyscall.Try(BpfCommand.TaskFdQuery, ref attributes) != Errno.None || attributes.ProgramId == 0) return null;
            int end = Array.IndexOf(name, (byte)0);
            string kind = attributes.FdType < (uint)s_kinds.Length ? s_kinds[attributes.FdType] : attributes.FdType.ToString(CultureInfo.InvariantCulture);
            return new PerfAttachment(pid, fd, attributes.ProgramId, kind, Encoding.UTF8.GetString(name, 0, Math.Max(0, end)), attributes.ProbeOffset, attributes.ProbeAddress);
        }
    }
}
