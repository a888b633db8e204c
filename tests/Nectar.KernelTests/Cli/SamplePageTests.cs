// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using System.Text.RegularExpressions;
using Nectar.KernelTests.Support;
using Nectar.Linux.Features;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Cli;

/// <summary>
/// The pages of the samples say what is so: the programs on them are those of the sources, and their commands, run as they stand in a network
/// namespace of the test's own, print what they show.
/// </summary>
public sealed partial class SamplePageTests
{
    private static string Samples => Path.Combine(Repository.Root, "docs", "samples");

    public static TheoryData<string> Pages => [.. Directory.GetFiles(Samples, "*.md").Select(path => Path.GetFileNameWithoutExtension(path)).Where(name => name != "README")];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_HasEachPart_AndTheProgramOfItsSource(string name)
    {
        string page = Read(name);
        foreach (string part in new[] { "What it shows:", "## The program", "## Run it", "## Change it" }) Assert.Contains(part, page, StringComparison.Ordinal);
        string program = Assert.Single(Blocks(page, "csharp"));
        HashSet<string> source = [.. File.ReadAllLines(Path.Combine(Repository.Root, "samples", name + ".cs"))];
        Assert.All(program.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Contains(line, source));
        Assert.Contains($"]({name}.md)", Read("README"), StringComparison.Ordinal);
    }

    [SamplePageTheory("ip", "python3", "curl", "openssl")]
    [InlineData("BlockHttp", @"XDP_DROP +12 ", @"events of 'Events': 12, none lost", @"SourcePort: 8080, DestinationPort: 44766, Length: 178")]
    [InlineData("DnsAnswers", @"Address: 167838211, TimeToLive: 3600, Id: 4660, NameLength: 13, Name: \[6, 110", @"events of 'Events': 1\n")]
    [InlineData("DropTcp", @"curl: 000\n", @"  18080: 1\n", @"\n  1: cpu0")]
    [InlineData("ExecSnoop", @"Result: 0, Command: ""true"", FileName: ""/bin/true""")]
    [InlineData("PortForward", @"port 8080 got b'hello\\n'", @"\{Address: 16777343, Port: 10275, Unused: 0\}: \{Address: 16777343, Port: 36895, Unused: 0\}")]
    [InlineData("SslWrite", @"Length: 79|Length: 8\d", @"Command: ""curl"", Data: ""GET / HTTP/1\.1\\r\\nHost: 127\.0\.0\.1:44330")]
    [InlineData("SyscallCounter", @"map 'Counts' \(Hash\): [\d,]+ elements", @"\{Pid: \d+, Number: \d+\}: \d+")]
    [InlineData("TcpConnections", @"LocalAddress: 16777343, RemoteAddress: 16777343, LocalPort: \d+, RemotePort: 8080", @"LocalPort: 8080, RemotePort: \d+")]
    public void Commands_OfThePage_PrintWhatItShows(string name, params string[] expected)
    {
        string commands = Assert.Single(Blocks(Read(name), "sh")), text;
        using NetworkNamespace network = new();
        (int code, string output, string error) = network.Run(() => TestEnvironment.Run("/bin/bash", "-c", Script(commands)));
        text = output + error;
        Assert.True(code == 0, text);
        Assert.All(expected, pattern => Assert.Matches(pattern, text));
    }

    /// <summary>
    /// The commands for a machine of any speed: <c>sleep</c> waits until the program is attached, and instead of a time the program has the rest of
    /// the commands; when they are done and it has had a second, it is told to end.
    /// </summary>
    private static string Script(string commands)
    {
        StringBuilder script = new();
        script.AppendLine($"cd '{Repository.Root}'");
        script.AppendLine("""
            work=$(mktemp -d)
            finish() { command kill $(jobs -p) 2>/dev/null; cat "$work"/log; rm -rf "$work"; }
            trap finish EXIT
            sleep() {
                for try in {1..600}; do grep -q 'ends in' "$work/log" && break; command sleep 0.1; done
                command sleep 1
            }
            wait() { command sleep 1; [ -z "$program" ] || { kill $program; builtin wait $program; }; }
            touch "$work/log"
            """);
        string told = commands.Replace("sudo ", "", StringComparison.Ordinal);
        told = Attached().Replace(told, "\"$nectar\" $1 --for 120s >\"$$work/log\" 2>&1 & program=$$!");
        script.AppendLine($"nectar='{NectarCommand.Path}'");
        script.AppendLine(told.Replace("./nectar", "\"$nectar\"", StringComparison.Ordinal));
        return script.ToString();
    }

    private static string Read(string name) => File.ReadAllText(Path.Combine(Samples, name + ".md"));

    private static IEnumerable<string> Blocks(string page, string language) =>
        Block().Matches(page).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value);

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^\./nectar (run .* --attach.*) --for \d+s &$", RegexOptions.Multiline)]
    private static partial Regex Attached();
}

/// <summary>Theories that run the commands of pages.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SamplePageTheoryAttribute : TheoryAttribute
{
    public SamplePageTheoryAttribute(params string[] tools) =>
        Skip = MachineFactAttribute.FirstMissing(tools) ?? NetworkNamespace.Unavailable ?? (KernelRelease.Running.IsAtLeast(new Version(6, 6)) ? null : "tcx came with kernel 6.6");
}
