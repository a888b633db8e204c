// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using Nectar.Linux.Features;

namespace Nectar.Linux.Cleanup;

/// <summary>
/// A note about an attachment that the kernel does not tie to a descriptor, kept in a file while the attachment lives: if the process is
/// killed, the file tells <see cref="Leftovers"/> what to remove. It is written before the attachment is made, so that there is no
/// moment without it, and removed after the attachment. Where no file can be written (no rights to <c>/run</c>) there is no note.
/// </summary>
internal sealed class LeftoverNote : IDisposable
{
    internal const string DefaultDirectory = "/run/nectar/attached";
    private static readonly Lazy<string> s_process = new(() => ProcessStamp(Environment.ProcessId) ?? "0.0");
    private static int s_next;
    private readonly string? _path;

    private LeftoverNote(string? path) => _path = path;

    /// <summary>Writes a note.</summary>
    /// <param name="kind">What will be attached.</param>
    /// <param name="words">Where, in words without blanks that <see cref="Leftovers"/> understands; the last may have blanks.</param>
    internal static LeftoverNote Write(LeftoverKind kind, params ReadOnlySpan<string> words)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"{DefaultDirectory}/{s_process.Value}.{Interlocked.Increment(ref s_next)}");
        try
        {
            if (!OperatingSystem.IsWindows()) Directory.CreateDirectory(DefaultDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.WriteAllText(path, $"{kind} {string.Join(' ', words!)}\n");
            return new LeftoverNote(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return new LeftoverNote(null); // the attachment matters more than the note
        }
    }

    /// <summary>A process for good: its number is used again, together with its start it is not. Null if there is no such process.</summary>
    internal static string? ProcessStamp(int pid)
    {
        // The name in parentheses may hold anything; the 20th field behind it is the start in clock ticks.
        string? text = HostFile.ReadText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        string[]? fields = text?[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields?.Length > 19 && fields[0] is not ("Z" or "X") ? string.Create(CultureInfo.InvariantCulture, $"{pid}.{fields[19]}") : null;
    }

    /// <summary>The network namespace of this thread: <c>net:[4026531840]</c>.</summary>
    internal static string CurrentNamespace() => new FileInfo("/proc/thread-self/ns/net").LinkTarget ?? "?";

    /// <summary>Removes the note: the attachment is gone.</summary>
    public void Dispose()
    {
        if (_path is null) return;
        try
        {
            File.Delete(_path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // a note about something that is gone: the next cleanup finds nothing there and removes it
        }
    }
}
