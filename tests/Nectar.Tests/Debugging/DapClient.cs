// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Nectar.Tests.Support;

namespace Nectar.Tests.Debugging;

/// <summary>An editor's side of the Debug Adapter Protocol, over the pipes of a real <c>nectar debug --dap</c>.</summary>
internal sealed class DapClient : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly List<JsonElement> _events = [];
    private readonly Stream _input, _output;
    private int _sequence;

    internal DapClient(params string[] arguments)
    {
        Process = Process.Start(new ProcessStartInfo(NectarPath, ["debug", "--dap", .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        (_input, _output) = (Process.StandardInput.BaseStream, Process.StandardOutput.BaseStream);
    }

    /// <summary>The command that was built in the same configuration as these tests.</summary>
    internal static string NectarPath { get; } = FindNectar();

    internal Process Process { get; }

    internal IReadOnlyList<JsonElement> Events => _events;

    /// <summary>Sends a request and waits for its answer; events that come before are kept.</summary>
    internal JsonElement Request(string command, object? arguments = null, bool succeeds = true)
    {
        int sequence = Send(command, arguments);
        while (true)
        {
            JsonElement message = Read();
            if (message.GetProperty("type").GetString() != "response" || message.GetProperty("request_seq").GetInt32() != sequence)
            {
                Keep(message);
                continue;
            }

            if (message.GetProperty("success").GetBoolean() != succeeds) throw new InvalidOperationException($"{command}: {message}");
            return message.TryGetProperty("body", out JsonElement body) ? body : message;
        }
    }

    internal int Send(string command, object? arguments = null)
    {
        SendRaw(JsonSerializer.Serialize(new { seq = ++_sequence, type = "request", command, arguments }));
        return _sequence;
    }

    internal void SendRaw(string json)
    {
        byte[] body = Encoding.UTF8.GetBytes(json);
        SendBytes([.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n")), .. body]);
    }

    internal void SendBytes(byte[] bytes)
    {
        _input.Write(bytes);
        _input.Flush();
    }

    /// <summary>Waits for an event, also one that has come already.</summary>
    internal JsonElement Event(string name)
    {
        while (true)
        {
            int index = _events.FindIndex(e => e.GetProperty("event").GetString() == name);
            if (index >= 0)
            {
                JsonElement found = _events[index];
                _events.RemoveAt(index);
                return found.TryGetProperty("body", out JsonElement body) ? body : found;
            }

            Keep(Read());
        }
    }

    /// <summary>Waits for the program to stand still; gives the reason.</summary>
    internal string Stopped() => Event("stopped").GetProperty("reason").GetString()!;

    /// <summary>Initializes and launches.</summary>
    internal void Launch(object arguments)
    {
        Request("initialize", new { adapterID = "nectar", linesStartAt1 = true, columnsStartAt1 = true });
        Request("launch", arguments);
        Event("initialized");
    }

    /// <summary>The innermost frame's name and line.</summary>
    internal (string Name, int Line) Top()
    {
        JsonElement frame = Request("stackTrace", new { threadId = 1 }).GetProperty("stackFrames")[0];
        return (frame.GetProperty("name").GetString()!, frame.GetProperty("line").GetInt32());
    }

    internal string Evaluate(string expression) => Request("evaluate", new { expression, frameId = 1, context = "watch" }).GetProperty("result").GetString()!;

    /// <summary>The variables of a scope of the innermost frame.</summary>
    internal Dictionary<string, JsonElement> Scope(string name)
    {
        foreach (JsonElement scope in Request("scopes", new { frameId = 1 }).GetProperty("scopes").EnumerateArray())
        {
            if (scope.GetProperty("name").GetString() == name) return Variables(scope.GetProperty("variablesReference").GetInt32());
        }

        throw new InvalidOperationException($"no scope {name}");
    }

    internal Dictionary<string, JsonElement> Variables(int variablesReference) =>
        Request("variables", new { variablesReference }).GetProperty("variables").EnumerateArray().ToDictionary(v => v.GetProperty("name").GetString()!);

    public void Dispose()
    {
        if (!Process.HasExited) Process.Kill();
        Process.WaitForExit();
        Process.Dispose();
    }

    internal JsonElement Read()
    {
        Task<JsonElement> reading = Task.Run(ReadOne);
        return reading.Wait(s_patience) ? reading.Result : throw new TimeoutException("the adapter says nothing");
    }

    private void Keep(JsonElement message)
    {
        if (message.GetProperty("type").GetString() == "event") _events.Add(message);
    }

    private JsonElement ReadOne()
    {
        int length = -1;
        StringBuilder line = new();
        while (true)
        {
            int next = _output.ReadByte();
            if (next < 0) throw new EndOfStreamException($"the adapter has gone: {Process.StandardError.ReadToEnd()}");
            if (next == '\r') continue;
            if (next != '\n')
            {
                line.Append((char)next);
                continue;
            }

            if (line.Length == 0) break;
            length = int.Parse(line.ToString().AsSpan("Content-Length: ".Length), CultureInfo.InvariantCulture);
            line.Clear();
        }

        byte[] body = new byte[length];
        _output.ReadExactly(body);
        return JsonDocument.Parse(body).RootElement;
    }

    private static string FindNectar()
    {
        DirectoryInfo framework = new(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.Combine(Repository.Root, "artifacts", "bin", "nectar", framework.Parent!.Name, framework.Name, OperatingSystem.IsWindows() ? "nectar.exe" : "nectar");
    }
}
