// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Runtime.ExceptionServices;
using Nectar.Linux.Syscalls;

namespace Nectar.Linux.Cleanup;

/// <summary>Does something in another network namespace, on a thread of its own that ends there.</summary>
internal static class NamespaceVisit
{
    private const int NewNet = 0x40000000; // CLONE_NEWNET
    private static readonly string[] s_named = ["/run/netns", "/var/run/netns"];

    /// <summary>Runs something in a namespace.</summary>
    /// <param name="space">As <see cref="LeftoverNote.CurrentNamespace"/> gives it.</param>
    /// <param name="action">What to do.</param>
    /// <returns>Its result; the default if the namespace is gone, and what was in it.</returns>
    internal static T? Run<T>(string space, Func<T> action)
    {
        if (LeftoverNote.CurrentNamespace() == space) return action();
        if (Find(space) is not { } path) return default;
        T? result = default;
        ExceptionDispatchInfo? problem = null;
        Thread visitor = new(() =>
        {
            try
            {
                int fd = Libc.Open(path, Libc.OReadOnly | Libc.OCloseOnExec);
                if (fd < 0) return;
                using KernelHandle handle = new(fd);
                if (Libc.SetNamespace(handle.Fd, NewNet) == 0 && LeftoverNote.CurrentNamespace() == space) result = action();
            }
            catch (Exception thrown)
            {
                problem = ExceptionDispatchInfo.Capture(thrown);
            }
        });
        visitor.Start();
        visitor.Join();
        problem?.Throw();
        return result;
    }

    private static string? Find(string space)
    {
        if (!space.StartsWith("net:[", StringComparison.Ordinal)) return null;
        try
        {
            foreach (string process in Directory.EnumerateDirectories("/proc"))
            {
                if (!char.IsAsciiDigit(Path.GetFileName(process)[0])) continue;
                if (TryLink(process + "/ns/net") == space) return process + "/ns/net";
                // A thread may be somewhere else than its process.
                foreach (string task in Tasks(process))
                {
                    if (TryLink(task + "/ns/net") == space) return task + "/ns/net";
                }
            }

            foreach (string directory in s_named.Where(Directory.Exists))
            {
                foreach (string path in Directory.EnumerateFiles(directory))
                {
                    if (Libc.Open(path, Libc.OReadOnly | Libc.OCloseOnExec) is var fd && fd < 0) continue;
                    using KernelHandle handle = new(fd);
                    if (TryLink(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/proc/self/fd/{fd}")) == space) return path;
                }
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return null;
    }

    private static string[] Tasks(string process)
    {
        try
        {
            return Directory.GetDirectories(process + "/task");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? TryLink(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null; // it ended meanwhile
        }
    }
}
