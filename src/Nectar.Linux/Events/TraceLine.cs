// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;

namespace Nectar.Linux.Events;

/// <summary>One line of the trace pipe: what <c>bpf_printk</c> wrote, with who, where and when.</summary>
/// <param name="Task">The thread's name; <c>&lt;...&gt;</c> where the kernel has forgotten it.</param>
/// <param name="ThreadId">The thread.</param>
/// <param name="Cpu">The processor; -1 for a text that is no trace line, which is in <paramref name="Message"/>: the second line of a message, for one.</param>
/// <param name="Flags">Interrupt and preemption state, as the kernel shows it: <c>d..31</c>; empty where the pipe leaves it out.</param>
/// <param name="Time">Since boot, with the microseconds of the pipe.</param>
/// <param name="Function">Who wrote it: <c>bpf_trace_printk</c>.</param>
/// <param name="Message">The text.</param>
/// <param name="Lost">Lines that the kernel threw away before this one, because nobody read them in time.</param>
public readonly record struct TraceLine(string Task, int ThreadId, int Cpu, string Flags, TimeSpan Time, string Function, string Message, long Lost)
{
    /// <summary>True for a line in the pipe's form.</summary>
    public bool IsEvent => Cpu >= 0;

    /// <summary>Reads a line of the pipe.</summary>
    /// <returns>False if it has another form; the text is then the message.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out TraceLine line)
    {
        line = new TraceLine("", 0, -1, "", default, "", text.ToString(), 0);
        // "   task name-1234    (tgid)  [001] d..31  12.345678: function: message"; a task's name may hold all of these characters, so the processor is
        // looked for as the first number in brackets that has a thread's number before it and a time behind it.
        for (int at = 0; at < text.Length; at++)
        {
            int open = text[at..].IndexOf('[');
            if (open < 0) return false;
            open += at;
            at = open;
            int close = text[open..].IndexOf(']');
            if (close < 0) return false;
            close += open;
            if (!Number(text[(open + 1)..close], out int cpu) || !Who(text[..open], out ReadOnlySpan<char> task, out int thread)) continue;
            ReadOnlySpan<char> rest = text[(close + 1)..].TrimStart();
            int colon = rest.IndexOf(": ", StringComparison.Ordinal);
            if (colon < 0) continue;
            ReadOnlySpan<char> before = rest[..colon].TrimEnd();
            int blank = before.LastIndexOf(' ');
            if (!double.TryParse(before[(blank + 1)..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) || seconds > 1e11) continue;
            ReadOnlySpan<char> message = rest[(colon + 2)..];
            int end = message.IndexOf(": ", StringComparison.Ordinal);
            bool hasFunction = end > 0 && !message[..end].Contains(' ');
            line = new TraceLine(task.ToString(), thread, cpu, blank < 0 ? "" : before[..blank].Trim().ToString(), TimeSpan.FromMicroseconds(Math.Round(seconds * 1e6)),
                hasFunction ? message[..end].ToString() : "", (hasFunction ? message[(end + 2)..] : message).ToString(), 0);
            return true;
        }

        return false;
    }

    /// <summary>Reads the kernel's remark about lines that it threw away: <c>CPU:1 [LOST 123 EVENTS]</c>.</summary>
    internal static bool TryParseLost(ReadOnlySpan<char> text, out long lost)
    {
        lost = 0;
        int start = text.IndexOf("[LOST ", StringComparison.Ordinal);
        if (start < 0 || !text.StartsWith("CPU:", StringComparison.Ordinal)) return false;
        ReadOnlySpan<char> rest = text[(start + 6)..];
        int blank = rest.IndexOf(' ');
        if (blank > 0 && rest[blank..].StartsWith(" EVENTS]", StringComparison.Ordinal) && long.TryParse(rest[..blank], NumberStyles.None, CultureInfo.InvariantCulture, out lost)) return true;
        lost = 1; // "[LOST EVENTS]": the kernel does not know how many
        return rest.StartsWith("EVENTS]", StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public override string ToString() => IsEvent ? string.Create(CultureInfo.InvariantCulture, $"{Task}-{ThreadId} [{Cpu:000}] {Time.TotalSeconds:F6}: {Function}: {Message}") : Message;

    private static bool Who(ReadOnlySpan<char> text, out ReadOnlySpan<char> task, out int thread)
    {
        ReadOnlySpan<char> left = text.TrimEnd();
        if (left.EndsWith(")", StringComparison.Ordinal) && left.LastIndexOf('(') is > 0 and var group) left = left[..group].TrimEnd(); // the thread group, where the option record-tgid is on
        int dash = left.LastIndexOf('-');
        task = dash > 0 ? left[..dash].TrimStart() : default;
        thread = 0;
        return dash > 0 && Number(left[(dash + 1)..], out thread);
    }

    private static bool Number(ReadOnlySpan<char> text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
