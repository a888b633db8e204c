// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;

namespace Nectar.AotTests;

/// <summary>Runs the published command as a user would.</summary>
internal sealed class CommandChecks(string command, string repository)
{
    // The command has 25.2 million bytes. Whoever needs more finds with IlcGenerateMapFile what grew, and raises this if it is worth it.
    private const long MaximumSize = 27_000_000;

    // A start touches about 420 pages; unpacking the tables of types, for example, would make it 1,700.
    private const long MaximumStartFaults = 800;

    internal static IEnumerable<(string Name, Action Check)> All(string command, string repository) => new CommandChecks(command, repository).List();

    private IEnumerable<(string Name, Action Check)> List() =>
    [
        ("--version prints a version", () => Check.Contains("nectar ", Run(0, "--version"))),
        ("the command is as small as it was", () => Check.True(new FileInfo(command).Length <= MaximumSize, $"{new FileInfo(command).Length:N0} bytes, at most {MaximumSize:N0}")),
        ("a start touches as few pages as it did", () => Check.True(StartFaults() <= MaximumStartFaults, $"{StartFaults():N0} page faults, at most {MaximumStartFaults:N0}")),
        ("--help shows examples", () => Check.Contains("Examples:", Run(0, "run", "--help"))),
        ("an unknown verb is a usage error", () => Run(2, "frobnicate")),
        ("a missing file is a plain error", () => Check.Contains("NEC0002", Run(1, "run", "no-such-file.o"))),
        ("run decides over the sample's capture", () =>
        {
            string output = Run(0, "run", "samples/block_http.bpfasm", "--pcap", "samples/http.pcap");
            Check.Contains("XDP_DROP                       12", output);
            Check.Contains("source_port: 8080", output);
        }),
        ("run --json is JSON", () => System.Text.Json.JsonDocument.Parse(Run(0, "run", "samples/count_protocols.bpfasm", "--pcap", "samples/http.pcap", "--json")).Dispose()),
        ("run --interpret gives the same verdicts", () => Check.Contains("XDP_DROP                       12", Run(0, "run", "samples/block_http.bpfasm", "--interpret", "--pcap", "samples/http.pcap"))),
        ("run --out writes what goes on", () => WithFile(".pcap", kept =>
        {
            Run(0, "run", "samples/block_http.bpfasm", "--pcap", "samples/http.pcap", "--out", kept);
            Check.Contains("over", Run(0, "run", "samples/count_protocols.bpfasm", "--pcap", kept));
            Check.Contains("92 packets", Run(0, "run", "samples/count_protocols.bpfasm", "--pcap", kept));
        })),
        ("asm and dis round trip", () => WithFile(".o", first => WithFile(".bpfasm", text => WithFile(".o", second =>
        {
            Run(0, "asm", "samples/block_http.bpfasm", "-o", first);
            File.WriteAllText(text, Run(0, "dis", first, "--no-source"));
            Run(0, "asm", text, "-o", second);
            Check.Contains("XDP_DROP                       12", Run(0, "run", second, "--pcap", "samples/http.pcap"));
        })))),
        ("dis --jited shows machine code", () => Check.Contains("ret", Run(0, "dis", "samples/xdp_drop_tcp.bpfasm", "--jited"))),
        ("a probe in C# is compiled by the native command and runs", () => Check.Contains("XDP_DROP                       12", Run(0, "run", "samples/BlockHttp.cs", "--pcap", "samples/http.pcap"))),
        ("obj show lists programs", () => Check.Contains("block_http", Run(0, "obj", "show", "samples/block_http.bpfasm"))),
        ("wrong text gives every error", () => WithFile(".bpfasm", text =>
        {
            File.WriteAllText(text, "r0 = frob\nr77 = 1\nexit\n");
            string output = Run(1, "asm", text);
            Check.Contains("(1,", output);
            Check.Contains("(2,", output);
        })),
        ("vm conformance-plugin answers r0", () => Check.Contains("2", RunWithInput("b7 00 00 00 02 00 00 00 95 00 00 00 00 00 00 00\n", 0, "vm", "conformance-plugin"))),
        ("debug steps and goes back", () =>
        {
            string output = Run(0, "debug", "samples/block_http.bpfasm", "--pcap", "samples/http.pcap", "--command", "break bpf_ringbuf_submit", "--command", "run", "--command", "rs", "--command", "print r2", "--batch");
            Check.Contains("r2 = 12 (0xc)", output);
        }),
        ("debug --dap answers", () =>
        {
            const string initialize = "{\"seq\":1,\"type\":\"request\",\"command\":\"initialize\"}";
            Check.Contains("supportsStepBack", RunWithInput($"Content-Length: {initialize.Length}\r\n\r\n{initialize}", 0, "debug", "--dap"));
        }),
        ("completion prints a script", () => Check.Contains("complete", Run(0, "completion", "bash"))),
        ("verbs of the kernel show examples", () => Check.Contains("nectar prog dump xlated", Run(0, "prog", "dump", "--help"))),
        ("words that make no sense are a usage error", () => Check.Contains("NEC4703", Run(2, "map", "lookup", "id", "x"))),
        ("a wrong time is a usage error", () => Check.Contains("NEC4703", Run(2, "top", "--for", "soon"))),
        .. Environment.UserName == "root" && File.Exists("/sys/kernel/btf/vmlinux")
            ? new (string, Action)[]
            {
                ("listings of the kernel are JSON", () =>
                {
                    foreach (string verb in new[] { "prog", "map", "link", "btf", "perf" }) System.Text.Json.JsonDocument.Parse(Run(0, verb, "list", "--json")).Dispose();
                }),
                ("a script runs", () =>
                {
                    string output = Run(0, "trace", "-q", "-e", "begin { @a[1, \"x\"] = 42; @h = hist(5); printf(\"%d %s\\n\", 6 * 7, \"hello\"); exit() }");
                    Check.Contains("42 hello\n", output);
                    Check.Contains("@a[1, x]: 42", output);
                    Check.Contains("[4, 8)                 1 |@@@", output);
                }),
                ("a script's mistake is shown where it is", () => Check.Contains("stdin:1:", Run(1, "trace", "-e", "begin { $x = }"))),
                ("a script over a tracepoint counts", () => Check.Contains("@calls: ", Run(0, "trace", "-e", "tracepoint:raw_syscalls:sys_enter { @calls = count(); } interval:ms:300 { exit(); }"))),
                ("tools are listed", () => Check.Contains("execsnoop", Run(0, "tools"))),
                ("an object that is not there is a plain error", () => Check.Contains("NEC4701", Run(1, "prog", "show", "id", "4294967294"))),
                ("top counts for a moment", () => Check.Contains("RUNS/S", Run(0, "top", "--once", "--interval", "100ms"))),
            }
            : [],
        .. File.Exists("/sys/kernel/btf/vmlinux")
            ? [("btf show prints the kernel's types", (Action)(() => Check.Contains("struct list_head {", Run(0, "btf", "show", "list_head"))))]
            : Array.Empty<(string, Action)>(),
    ];

    private static void WithFile(string extension, Action<string> use)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + extension);
        try
        {
            use(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The page faults of <c>nectar --version</c>, as the kernel counts them: time that a busy machine does not change.</summary>
    private long StartFaults()
    {
        long before = ChildFaults();
        Run(0, "--version");
        return ChildFaults() - before;
    }

    /// <summary>Page faults of children that ended and were waited for: field 11, <c>cminflt</c>, of proc_pid_stat(5).</summary>
    private static long ChildFaults()
    {
        string text = File.ReadAllText("/proc/self/stat");
        return long.Parse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[8], System.Globalization.CultureInfo.InvariantCulture);
    }

    private string Run(int exitCode, params string[] arguments) => RunWithInput("", exitCode, arguments);

    private string RunWithInput(string input, int exitCode, params string[] arguments)
    {
        ProcessStartInfo start = new(command, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = repository };
        using Process process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        if (process.ExitCode != exitCode)
            throw new InvalidOperationException($"'nectar {string.Join(' ', arguments)}' ended with {process.ExitCode}, not {exitCode}: {output}");
        return output;
    }
}
