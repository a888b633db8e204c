// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Nectar.Debugging.Dap;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Debugging;

public sealed class DapServerTests
{
    private static readonly string s_source = Path.Combine(Clang.Fixtures, "debug.bpf.c");
    private static readonly string s_packet = new('0', 128);

    [ClangFact]
    public void Session_OfACompiledProgram_StepsLooksChangesAndGoesBack()
    {
        using DapClient client = new();
        JsonElement capabilities = client.Request("initialize", new { adapterID = "nectar" });
        Assert.True(capabilities.GetProperty("supportsStepBack").GetBoolean());
        client.Request("launch", new { @object = Object(), program = "first", mem = new[] { s_packet, "0011" }, stopOnEntry = true });
        client.Event("initialized");
        JsonElement set = client.Request("setBreakpoints", new { source = new { path = s_source }, breakpoints = new object[] { new { line = 78 }, new { line = 65 }, new { line = 5000 } } }).GetProperty("breakpoints");
        Assert.Equal([true, true, false], set.EnumerateArray().Select(b => b.GetProperty("verified").GetBoolean()));
        Assert.Equal(66, set[1].GetProperty("line").GetInt32());
        client.Request("setFunctionBreakpoints", new { breakpoints = new[] { new { name = "classify", condition = "length > 60" } } });
        client.Request("setExceptionBreakpoints", new { filters = new[] { "fault" } });
        client.Request("configurationDone");
        Assert.Equal("entry", client.Stopped());
        Assert.StartsWith("first (ctx=ctx)", client.Top().Name, StringComparison.Ordinal);

        client.Request("continue", new { threadId = 1 });
        Assert.Equal("function breakpoint", client.Stopped());
        JsonElement frames = client.Request("stackTrace", new { threadId = 1 }).GetProperty("stackFrames");
        Assert.Equal(2, frames.GetArrayLength());
        Assert.Equal(s_source, frames[0].GetProperty("source").GetProperty("path").GetString());
        Assert.StartsWith("64 (0x40)", client.Scope("Registers")["r1"].GetProperty("value").GetString(), StringComparison.Ordinal); // the verifier's knowledge stands behind
        Assert.Equal("64 (0x40)", client.Scope("Arguments")["length"].GetProperty("value").GetString());

        client.Request("continue", new { threadId = 1 });
        Assert.Equal("breakpoint", client.Stopped());
        Assert.Equal(78, client.Top().Line);
        Assert.Equal("0", client.Scope("Globals")["total"].GetProperty("value").GetString());
        Assert.Equal("6", client.Scope("Stack")["r10-16"].GetProperty("value").GetString()!.Split("  ")[1]);
        Assert.Equal("packet", client.Scope("Context")["data"].GetProperty("value").GetString());
        client.Request("next", new { threadId = 1 });
        Assert.Equal("step", client.Stopped());
        Assert.Equal((79, "6"), (client.Top().Line, client.Evaluate("total")));
        client.Request("stepBack", new { threadId = 1 });
        Assert.Equal("step", client.Stopped());
        Assert.Equal((78, "0"), (client.Top().Line, client.Evaluate("total")));
        client.Request("stepIn", new { threadId = 1, granularity = "instruction" });
        client.Stopped();
        client.Request("setExpression", new { expression = "total", value = "500" });
        Assert.Equal("500 (0x1f4)", client.Evaluate("total"));

        // the element of the hash, opened to its last member
        client.Request("setBreakpoints", new { source = new { path = s_source }, breakpoints = new object[] { new { line = 88 } } });
        client.Request("continue", new { threadId = 1 });
        client.Stopped();
        JsonElement map = client.Scope("Maps")["counts"];
        JsonElement element = client.Variables(map.GetProperty("variablesReference").GetInt32()).Values.Single();
        JsonElement last = client.Variables(element.GetProperty("variablesReference").GetInt32())["last"];
        Assert.Equal("80 (0x50)", client.Variables(last.GetProperty("variablesReference").GetInt32())["port"].GetProperty("value").GetString());
        string memory = element.GetProperty("memoryReference").GetString()!;
        Assert.Equal(1, BitConverter.ToInt64(Convert.FromBase64String(client.Request("readMemory", new { memoryReference = memory, count = 8 }).GetProperty("data").GetString()!)));
        Assert.Equal(8, client.Request("readMemory", new { memoryReference = "0x10", count = 8 }).GetProperty("unreadableBytes").GetInt32());

        client.Request("reverseContinue", new { threadId = 1 });
        Assert.Equal("function breakpoint", client.Stopped());
        client.Request("variables", new { variablesReference = map.GetProperty("variablesReference").GetInt32() }, succeeds: false);
        client.Request("setFunctionBreakpoints", new { breakpoints = Array.Empty<object>() });
        client.Request("setBreakpoints", new { source = new { path = s_source }, breakpoints = Array.Empty<object>() });
        client.Request("continue", new { threadId = 1 });
        Assert.Equal(0, client.Event("exited").GetProperty("exitCode").GetInt32());
        client.Event("terminated");
        Assert.Contains(client.Events, e => e.GetProperty("event").GetString() == "output" && e.GetProperty("body").GetProperty("output").GetString() == "packet 1 of 2: returned 1 (XDP_DROP)\n");
        client.Request("disconnect");
        Assert.True(client.Process.WaitForExit(10_000));
        Assert.Equal(0, client.Process.ExitCode);
    }

    [ClangFact]
    public void Disassembly_HasAsManyInstructionsAsAsked_AndTakesBreakpoints()
    {
        using DapClient client = new();
        client.Launch(new { @object = Object(), program = "first", mem = s_packet, stopOnEntry = true });
        client.Request("configurationDone");
        client.Stopped();
        string here = client.Request("stackTrace", new { threadId = 1 }).GetProperty("stackFrames")[0].GetProperty("instructionPointerReference").GetString()!;
        JsonElement[] code = [.. client.Request("disassemble", new { memoryReference = here, instructionOffset = -5, instructionCount = 200, resolveSymbols = true }).GetProperty("instructions").EnumerateArray()];
        Assert.Equal(200, code.Length);
        Assert.Equal(200, code.Select(i => i.GetProperty("address").GetString()).Distinct().Count());
        Assert.Equal(here, code[5].GetProperty("address").GetString());
        JsonElement loop = code.Single(i => i.GetProperty("instruction").GetString()!.Contains("bpf_loop", StringComparison.Ordinal));
        JsonElement set = client.Request("setInstructionBreakpoints", new { breakpoints = new[] { new { instructionReference = loop.GetProperty("address").GetString() } } }).GetProperty("breakpoints")[0];
        Assert.True(set.GetProperty("verified").GetBoolean());
        client.Request("continue", new { threadId = 1 });
        Assert.Equal("instruction breakpoint", client.Stopped());
        client.Request("stepIn", new { threadId = 1, granularity = "instruction" });
        client.Stopped();
        Assert.StartsWith("add (index=0", client.Top().Name, StringComparison.Ordinal);
        client.Request("stepOut", new { threadId = 1 });
        client.Stopped();
        Assert.Equal(78, client.Top().Line); // where the call returned to
        string info = client.Request("dataBreakpointInfo", new { name = "total" }).GetProperty("dataId").GetString()!;
        client.Request("setDataBreakpoints", new { breakpoints = new[] { new { dataId = info } } });
        client.Request("continue", new { threadId = 1 });
        Assert.Equal("data breakpoint", client.Stopped());
    }

    [Fact]
    public void Fault_IsAnException_WithItsText()
    {
        string source = Write(".license \"GPL\"\n.program main type=xdp\nr2 = *(u32 *)(r1 + 0)\nr3 = *(u8 *)(r2 + 60)\nr0 = 2\nexit\n");
        using DapClient client = new();
        client.Launch(new { @object = source, mem = new string('0', 120) });
        client.Request("configurationDone");
        Assert.Equal("exception", client.Stopped());
        JsonElement info = client.Request("exceptionInfo", new { threadId = 1 });
        Assert.Equal("NEC9221 Memory", info.GetProperty("exceptionId").GetString());
        Assert.Contains("packet+60", info.GetProperty("description").GetString(), StringComparison.Ordinal);
        Dictionary<string, JsonElement> registers = client.Scope("Registers");
        Assert.StartsWith("packet (0x", registers["r2"].GetProperty("value").GetString(), StringComparison.Ordinal);
        client.Request("continue", new { threadId = 1 });
        Assert.Equal(1, client.Event("exited").GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public void RunningProgram_HearsPause_AndBreakpointsThatAreSetMeanwhile()
    {
        string source = Write(".license \"GPL\"\n.program main type=xdp\nr2 = 0\nloop:\nr2 += 1\nr3 = 5\ngoto loop\n");
        using DapClient client = new();
        client.Launch(new { @object = source, mem = "00" });
        client.Request("configurationDone");
        Assert.Equal(1, client.Request("threads").GetProperty("threads").GetArrayLength());
        client.Request("pause", new { threadId = 1 });
        Assert.Equal("pause", client.Stopped());
        Assert.StartsWith("main", client.Top().Name, StringComparison.Ordinal);
        client.Request("continue", new { threadId = 1 });
        JsonElement set = client.Request("setFunctionBreakpoints", new { breakpoints = new[] { new { name = "main*2" } } }).GetProperty("breakpoints")[0];
        Assert.True(set.GetProperty("verified").GetBoolean());
        Assert.Equal("instruction breakpoint", client.Stopped());
        client.Request("setVariable", new { variablesReference = client.Request("scopes", new { frameId = 1 }).GetProperty("scopes")[0].GetProperty("variablesReference").GetInt32(), name = "r2", value = "77" });
        Assert.Equal("77 (0x4d)", client.Evaluate("r2"));
        client.Request("disconnect");
        Assert.True(client.Process.WaitForExit(10_000));
    }

    [Fact]
    public void Messages_InPieces_AndWrongOnes_DoNoHarm()
    {
        using DapClient client = new();
        client.Request("threads", null, succeeds: false); // before launch
        client.Request("dance", null, succeeds: false);
        client.SendRaw("{ this is no json");
        JsonElement refusal = client.Read();
        Assert.False(refusal.GetProperty("success").GetBoolean());
        client.SendRaw("{\"seq\": 5, \"type\": \"request\", \"command\": \"\\ud800\"}");
        client.Read();
        client.SendBytes([.. "Content-Length: 4\r\n\r\n"u8, (byte)'"', 0xe7, 0xff, (byte)'"']);
        client.Read();
        client.SendRaw("[1, 2]");
        client.SendRaw("{\"seq\": \"x\", \"type\": \"request\"}");
        client.Read();

        // one message in single bytes, then three at once
        string body = "{\"seq\":901,\"type\":\"request\",\"command\":\"initialize\",\"arguments\":null}";
        foreach (byte b in Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"content-length: {body.Length}\r\nX-Other: y\r\n\r\n{body}"))) client.SendBytes([b]);
        Assert.Equal(901, client.Read().GetProperty("request_seq").GetInt32());
        string message = string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n{body}");
        client.SendBytes(Encoding.ASCII.GetBytes(message + message + message));
        for (int i = 0; i < 3; i++) Assert.True(client.Read().GetProperty("success").GetBoolean());

        client.Request("launch", new { program = "x" }, succeeds: false);
        client.Request("launch", new { @object = "/nowhere/at/all.o" }, succeeds: false);
        client.Request("attach", new { }, succeeds: false);
        client.Request("launch", new { @object = Path.Combine(Repository.Root, "samples", "block_http.bpfasm"), pcap = Path.Combine(Repository.Root, "samples", "http.pcap"), stopOnEntry = true });
        client.Request("launch", new { @object = "again" }, succeeds: false);
        foreach ((string command, object arguments) in new (string, object)[]
        {
            ("scopes", new { frameId = 99 }), ("variables", new { variablesReference = 99 }), ("variables", new { variablesReference = "x" }), ("evaluate", new { expression = "((((" }), ("disassemble", new { memoryReference = "0x12" }),
            ("readMemory", new { memoryReference = "zzz" }), ("source", new { sourceReference = 4 }), ("exceptionInfo", new { threadId = 1 }), ("setVariable", new { name = "x" }), ("writeMemory", new { memoryReference = "0x0", data = "AAAA" }),
        })
        {
            client.Request(command, arguments, succeeds: false);
        }

        client.Request("threads");
        client.Request("disconnect");
    }

    [Theory]
    [InlineData("Content-Length: x\r\n\r\n{}")]
    [InlineData("Content-Length: -5\r\n\r\n{}")]
    [InlineData("hello\r\n\r\n")]
    [InlineData("Other: 5\r\n\r\n{}")]
    [InlineData("Content-Length: 500\r\n\r\n{}")]
    public void BrokenFraming_EndsTheAdapter_WithWhatIsWrong(string bytes)
    {
        using DapClient client = new();
        client.SendBytes(Encoding.ASCII.GetBytes(bytes));
        client.Process.StandardInput.Close();
        Assert.True(client.Process.WaitForExit(10_000));
        Assert.Equal(1, client.Process.ExitCode);
        Assert.Contains("NEC5120", client.Process.StandardError.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Capabilities_AreThoseWhoseRequestsAreCarriedOut()
    {
        foreach (string request in DapSession.Commands) Assert.False(string.IsNullOrEmpty(request));
        using DapClient client = new();
        JsonElement capabilities = client.Request("initialize", new { adapterID = "nectar" });
        client.Launch(new { @object = Path.Combine(Repository.Root, "samples", "block_http.bpfasm"), mem = new string('0', 120), stopOnEntry = true });
        string[] named = [.. capabilities.EnumerateObject().Where(c => c.Name.EndsWith("Request", StringComparison.Ordinal) && c.Value.GetBoolean()).Select(c => c.Name["supports".Length..^"Request".Length])];
        Assert.True(named.Length > 5);
        foreach (string name in named)
        {
            string command = char.ToLowerInvariant(name[0]) + name[1..];
            if (command is "terminate" or "restart" or "configurationDone") continue; // they move the program
            client.Send(command, new { });
            JsonElement answer;
            do answer = client.Read();
            while (answer.GetProperty("type").GetString() != "response");
            if (!answer.GetProperty("success").GetBoolean()) Assert.DoesNotContain("is no request", answer.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Listener_ServesOneEditorAfterTheOther()
    {
        using Process process = Process.Start(new ProcessStartInfo(DapClient.NectarPath, ["debug", "--dap", "--listen", "0"]) { RedirectStandardError = true })!;
        try
        {
            string line = process.StandardError.ReadLine()!;
            int port = int.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
            for (int i = 0; i < 2; i++)
            {
                using TcpClient client = new("127.0.0.1", port);
                using NetworkStream stream = client.GetStream();
                string body = "{\"seq\":1,\"type\":\"request\",\"command\":\"disconnect\"}";
                stream.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n{body}")));
                using StreamReader reader = new(stream);
                Assert.Contains("\"success\":true", reader.ReadToEnd(), StringComparison.Ordinal);
            }
        }
        finally
        {
            process.Kill();
        }
    }

    private static string Object()
    {
        string path = Path.Combine(Repository.Root, "artifacts", "fixtures", string.Create(CultureInfo.InvariantCulture, $"dap-{Environment.ProcessId}.o"));
        lock (s_source)
        {
            if (!File.Exists(path)) File.WriteAllBytes(path, Clang.Compile(s_source));
        }

        return path;
    }

    private static string Write(string text)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("nectar-dap-").FullName, "main.bpfasm");
        File.WriteAllText(path, text);
        return path;
    }
}
