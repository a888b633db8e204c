// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.InteropServices;

namespace Nectar.Linux.Syscalls;

/// <summary>Processes: started, signalled, waited for.</summary>
internal static unsafe partial class Libc
{
    /// <summary>Bytes that hold a posix_spawn_file_actions_t or a posix_spawnattr_t; the larger has 336 with glibc and musl.</summary>
    internal const int SpawnStructureSize = 512;

    internal const int SignalInterrupt = 2, SignalKill = 9, SignalTerminate = 15;
    internal const int WaitNoHang = 1;
    internal const short SpawnSetSignalDefaults = 4, SpawnSetSignalMask = 8;

    private const long PidfdOpen = 434; // the same on all architectures

    /// <summary>A descriptor that is readable once the process has ended (<c>pidfd_open</c>, kernel 5.3); less than 0 if there is no such process.</summary>
    internal static int OpenProcess(int processId) => (int)Syscall(PidfdOpen, processId);

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int processId, int signal);

    [LibraryImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    internal static partial int WaitProcess(int processId, int* status, int options);

    /// <summary>SIG_DFL and SIG_IGN.</summary>
    internal const nint DefaultHandler = 0, IgnoringHandler = 1;

    [LibraryImport(Library, EntryPoint = "signal")]
    internal static partial nint HandleSignal(int signal, nint handler);

    /// <summary>Whether this process ignores a signal now.</summary>
    internal static bool IsIgnored(int signal)
    {
        // struct sigaction begins with the handler, and has 152 bytes with glibc and musl.
        nint* action = stackalloc nint[64];
        return SignalAction(signal, null, action) == 0 && *action == IgnoringHandler;
    }

    [LibraryImport(Library, EntryPoint = "sigaction")]
    private static partial int SignalAction(int signal, void* action, void* before);

    [LibraryImport(Library, EntryPoint = "pipe2", SetLastError = true)]
    internal static partial int Pipe(int* pair, int flags);

    [LibraryImport(Library, EntryPoint = "posix_spawn")]
    internal static partial int Spawn(int* process, byte* path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    internal static partial int InitializeSpawnActions(void* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    internal static partial int DestroySpawnActions(void* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    internal static partial int AddSpawnDuplicate(void* actions, int fd, int newFd);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addopen")]
    internal static partial int AddSpawnOpen(void* actions, int fd, byte* path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    internal static partial int InitializeSpawnAttributes(void* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_destroy")]
    internal static partial int DestroySpawnAttributes(void* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    internal static partial int SetSpawnFlags(void* attributes, short flags);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigdefault")]
    internal static partial int SetSpawnDefaultSignals(void* attributes, void* signals);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigmask")]
    internal static partial int SetSpawnSignalMask(void* attributes, void* signals);
}
