// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Linux.Syscalls;

/// <summary>
/// Closes descriptors whose closing makes the caller wait, such as perf events of tracepoints, each of which waits for all processors while it
/// holds a lock that all share. A process that has to end soon cannot leave that to a thread: its end waits for it.
/// </summary>
/// <remarks>
/// The descriptors are put into the queue of a socket, and a process that does nothing but wait for the end of its input gets the socket:
/// when it ends, the kernel drops the queue with what is in it, and that process is who waits. Nothing stays behind if any of us is killed at
/// any point.
/// </remarks>
internal static unsafe class BackgroundClose
{
    private const int MaxInMessage = 253; // SCM_MAX_FD
    private const int Unix = 1, Stream = 1, CloseOnExec = 0x80000, Rights = 1;
    private static readonly string[] s_programs = ["/bin/cat", "/usr/bin/cat"]; // read their input to its end

    /// <summary>Hands descriptors over. The caller closes its own, which costs nothing now, and then the handle that it gets; null if that was not possible.</summary>
    internal static KernelHandle? HandOver(IReadOnlyList<KernelHandle> handles)
    {
        int* pair = stackalloc int[2], input = stackalloc int[2];
        if (Libc.SocketPair(Unix, Stream | CloseOnExec, 0, pair) != 0) return null;
        using KernelHandle ours = new(pair[0]), theirs = new(pair[1]);
        for (int i = 0; i < handles.Count; i += MaxInMessage)
        {
            if (!Send(ours.Fd, handles, i, Math.Min(MaxInMessage, handles.Count - i))) return null;
        }

        if (Libc.Pipe(input, CloseOnExec) != 0) return null;
        using KernelHandle end = new(input[0]);
        KernelHandle begin = new(input[1]);
        if (Array.Exists(s_programs, program => File.Exists(program) && Spawn(program, end.Fd, theirs.Fd))) return begin;
        begin.Dispose();
        return null;
    }

    private static bool Send(int socket, IReadOnlyList<KernelHandle> handles, int from, int count)
    {
        byte* control = stackalloc byte[16 + (MaxInMessage * sizeof(int)) + 8];
        *(nuint*)control = (nuint)(16 + (count * sizeof(int))); // cmsg_len
        ((int*)control)[2] = Libc.SolSocket;
        ((int*)control)[3] = Rights;
        for (int i = 0; i < count; i++) ((int*)(control + 16))[i] = handles[from + i].Fd;
        byte data = 0;
        InputOutputVector vector = new() { Address = (nint)(&data), Length = 1 };
        MessageHeader message = new() { Vectors = (nint)(&vector), VectorCount = 1, Control = (nint)control, ControlLength = (nuint)(16 + (((count * sizeof(int)) + 7) & ~7)) };
        nint sent = Libc.SendMessage(socket, &message, Libc.MsgDontWait);
        GC.KeepAlive(handles);
        return sent == 1;
    }

    /// <summary>Starts a program that writes nowhere, with the socket beside its input.</summary>
    private static bool Spawn(string program, int input, int socket)
    {
        byte* actions = stackalloc byte[Libc.SpawnStructureSize];
        if (Libc.InitializeSpawnActions(actions) != 0) return false;
        fixed (byte* path = System.Text.Encoding.UTF8.GetBytes(program + "\0"), nowhere = "/dev/null"u8)
        {
            byte** arguments = stackalloc byte*[2];
            arguments[0] = path;
            arguments[1] = null;
            byte** environment = stackalloc byte*[1];
            environment[0] = null;
            bool isReady = Libc.AddSpawnDuplicate(actions, input, 0) == 0 && Libc.AddSpawnDuplicate(actions, socket, 3) == 0 && Libc.AddSpawnOpen(actions, 1, nowhere, Libc.OWriteOnly, 0) == 0 && Libc.AddSpawnOpen(actions, 2, nowhere, Libc.OWriteOnly, 0) == 0;
            int process;
            bool isDone = isReady && Libc.Spawn(&process, path, actions, null, arguments, environment) == 0;
            Libc.DestroySpawnActions(actions);
            return isDone;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct InputOutputVector
    {
        internal nint Address;
        internal nuint Length;
    }

    /// <summary><c>struct msghdr</c> of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        internal nint Name;
        internal uint NameLength;
        internal nint Vectors;
        internal nuint VectorCount;
        internal nint Control;
        internal nuint ControlLength;
        internal int Flags;
    }
}
