// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Asm;
using Nectar.Bpf.Vm.Debugging;
using Nectar.Debugging.Dap;
using Nectar.Debugging.Terminal;
using Nectar.Tests.Support;
using Nectar.Tests.Vm.Debugging;
using Xunit;

namespace Nectar.Tests.Debugging;

/// <summary>Whatever is typed or sent, the debugger answers and the process lives.</summary>
public sealed class HostileInputTests
{
    private static readonly string[] s_words =
    [
        "r1", "r10", "w3", "ctx", "packet", "packet_len", "events", "pc", "0", "1", "14", "0xffffffffffffffff", "(u8 *)", "(u32)", "(struct event *)", "*", "&", "-", "+", "[", "]", "(", ")", "->", ".",
        "data", "source_port", "==", "<", ">>", "&&", "!", "~", "%", "/", "'a'", "$r2", "\0", "é", "if", "=", "/x", "next", "previous", "*3", "*34", "61", "block_http", "bpf_ringbuf_reserve", "99999999999999999999",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Terminal_AnyLine_IsAnsweredOrRefused(int seed)
    {
        Random random = new(seed);
        using DebugSession session = Session();
        StringWriter output = new(CultureInfo.InvariantCulture);
        DebugTerminal terminal = new(session, output);
        string[] commands =
        [
            "run", "start", "packet", "continue", "step", "next", "stepi", "nexti", "finish", "advance", "reverse-step", "reverse-next", "reverse-stepi", "reverse-nexti", "reverse-finish", "reverse-continue", "goto",
            "break", "tbreak", "watch", "delete", "enable", "disable", "condition", "ignore", "print", "x", "set", "display", "undisplay", "list", "disassemble", "backtrace", "frame", "up", "down", "info registers", "info stack",
            "info maps", "info breakpoints", "info context", "info packet", "info events", "info frame", "help",
        ];
        for (int i = 0; i < 400; i++)
        {
            StringBuilder line = new(commands[random.Next(commands.Length)]);
            for (int w = random.Next(6); w > 0; w--) line.Append(random.Next(3) == 0 ? "" : " ").Append(s_words[random.Next(s_words.Length)]);
            if (session.Breakpoints.Count > 6) terminal.Execute("delete");
            if (terminal.Displays.Count > 3) terminal.Execute("undisplay");
            Assert.True(terminal.Execute(line.ToString()), line.ToString());
            Assert.DoesNotContain("internal error", output.ToString(), StringComparison.Ordinal);
            output.GetStringBuilder().Clear();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Adapter_AnyBytes_EndsInOrder(int seed)
    {
        Random random = new(seed);
        string[] messages = [.. DapSession.Commands.Append("initialize").Append("launch").Append("dance")];
        for (int i = 0; i < 40; i++)
        {
            MemoryStream input = new();
            for (int m = random.Next(12); m > 0; m--)
            {
                string command = messages[random.Next(messages.Length)];
                string body = $"{{\"seq\":{m},\"type\":\"request\",\"command\":\"{command}\",\"arguments\":{{\"object\":\"x\",\"expression\":\"{s_words[random.Next(40)]}\",\"variablesReference\":{random.Next(9)},\"frameId\":{random.Next(3)},\"memoryReference\":\"0xb9f0000000000008\",\"count\":{random.Next(-5, 500)},\"instructionCount\":{random.Next(-5, 99)},\"instructionOffset\":{random.Next(-99, 99)},\"name\":\"r1\",\"value\":\"5\",\"breakpoints\":[{{\"line\":61,\"name\":\"block_http\",\"dataId\":\"r1\"}}],\"source\":{{\"path\":\"block_http.bpfasm\"}}}}}}";
                byte[] bytes = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));
                if (random.Next(6) == 0) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                input.Write(bytes);
            }

            input.Position = 0;
            _ = new DapServer(input, new MemoryStream(), _ => Target()).Run();
        }
    }

    private static DebugSession Session() => new(Target());

    private static DebugTarget Target()
    {
        string path = Path.Combine(Repository.Root, "samples", "block_http.bpfasm");
        return new DebugTarget(Assembler.Assemble(File.ReadAllText(path), path), "block_http") { Inputs = DebugPrograms.Packets(Path.Combine(Repository.Root, "samples", "http.pcap"), 12) };
    }
}
