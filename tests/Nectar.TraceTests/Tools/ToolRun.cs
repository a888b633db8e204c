// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Nectar.TraceTests.Tools;

/// <summary>Runs a tool as users do: started, attached, events, Ctrl-C.</summary>
internal static class ToolRun
{
    private const int Interrupt = 2;
    private static readonly TimeSpan s_toAttach = TimeSpan.FromSeconds(60), s_toEnd = TimeSpan.FromSeconds(30);

    /// <summary>What is wrong with a case here; null if it is as it should be.</summary>
    public static async Task<string?> Check(ToolCase tool)
    {
        string folder = Directory.CreateTempSubdirectory("nectar-tool-").FullName;
        try
        {
            await File.WriteAllLinesAsync(Path.Combine(folder, "numbers"), Enumerable.Range(0, 100_000).Select(i => (i * 7919L % 100_003).ToString(CultureInfo.InvariantCulture)));
            using Process process = Start(Command(), ["tools", tool.Name, .. tool.Parameters], folder);
            StringBuilder output = new(), errors = new();
            TaskCompletionSource attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            process.OutputDataReceived += (_, e) => Append(output, e.Data);
            process.ErrorDataReceived += (_, e) =>
            {
                Append(errors, e.Data);
                if (e.Data?.StartsWith("Attached", StringComparison.Ordinal) == true) attached.TrySetResult();
            };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            Task ended = process.WaitForExitAsync();
            try
            {
                await Task.WhenAny(attached.Task, ended, Task.Delay(s_toAttach));
                bool isAttached = attached.Task.IsCompleted;
                if (isAttached)
                {
                    await RunWorkload(tool, folder);
                    await Task.Delay(300);
                    if (!process.HasExited) _ = Native.kill(process.Id, Interrupt);
                    await Task.WhenAny(ended, Task.Delay(s_toEnd));
                }

                if (!process.HasExited) return Problem(isAttached ? "does not end" : "is not attached in time");
                await ended;
                return Judge(isAttached);
            }
            finally
            {
                if (!process.HasExited) process.Kill();
            }

            string? Judge(bool isAttached)
            {
                string refusal = tool.Reason.Split(' ')[0] is "refused" ? "Unable to attach probe" : tool.Reason == "kprobes" && !HasKprobes ? $"{tool.Name} cannot run on this kernel: " : "";
                if (refusal.Length > 0) return !isAttached && process.ExitCode == 1 && Text(errors).Contains(refusal, StringComparison.Ordinal) ? null : Problem("is not refused");
                if (!isAttached || process.ExitCode != 0) return Problem("failed");
                foreach (var pattern in tool.Patterns)
                {
                    if (!pattern.IsMatch(Text(output))) return Problem($"does not show '{pattern}'");
                }

                return null;
            }

            string Problem(string what) => $"{tool.Name} {what} (exit code {(process.HasExited ? process.ExitCode : -1)})\n{Cut(Text(errors))}\n{Cut(Text(output))}";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool HasKprobes => File.Exists("/sys/bus/event_source/devices/kprobe/type");

    private static async Task RunWorkload(ToolCase tool, string folder)
    {
        if (tool.Workload.Length == 0) return;
        using Process shell = Start("bash", ["-c", $". '{Path.Combine(ToolCase.Folder, "tools-workload.sh")}'\n{tool.Workload}"], folder);
        shell.OutputDataReceived += static (_, _) => { };
        shell.ErrorDataReceived += static (_, _) => { };
        shell.BeginOutputReadLine();
        shell.BeginErrorReadLine();
        shell.StandardInput.Close();
        await Task.WhenAny(shell.WaitForExitAsync(), Task.Delay(s_toEnd));
        if (!shell.HasExited) shell.Kill(entireProcessTree: true);
    }

    private static Process Start(string program, string[] arguments, string folder)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["D"] = folder;
        return Process.Start(start)!;
    }

    /// <summary>The command of the same build as this test.</summary>
    internal static string Command()
    {
        DirectoryInfo framework = new(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.Combine(Repository.Root, "artifacts", "bin", "nectar", framework.Parent!.Name, framework.Name, "nectar");
    }

    private static void Append(StringBuilder to, string? line)
    {
        if (line is null) return;
        lock (to) to.Append(line).Append('\n');
    }

    private static string Text(StringBuilder text)
    {
        lock (text) return text.ToString();
    }

    private static string Cut(string text) => text.Length <= 1500 ? text : text[..1500] + "…";
}
