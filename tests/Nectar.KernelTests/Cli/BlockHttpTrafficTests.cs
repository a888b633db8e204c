// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.KernelTests.Support;
using Nectar.Tests.Support;

namespace Nectar.KernelTests.Cli;

/// <summary>The sample that blocks HTTP, in the kernel between a real web server and real curl: <c>samples/block-http.sh</c>, which the README shows.</summary>
public sealed class BlockHttpTrafficTests
{
    private static string Script => Path.Combine(Repository.Root, "samples", "block-http.sh");

    [HttpServerFact]
    public void Responses_AreDroppedAndReported_OtherTrafficPasses_NothingIsLeft()
    {
        using Process process = Start();
        string output = process.StandardOutput.ReadToEnd(), errors = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(180_000), output + errors);
        Assert.True(process.ExitCode == 0, output + errors);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("without the program: HTTP/1.1 200, HTTP/1.0 200", lines[0]);
        Assert.Equal("with the program:    HTTP/1.1 000 (curl: exit code 28), HTTP/1.0 200", lines[1]);
        Assert.Contains(lines, line => line.Contains("Events {Source: 168361985, Destination: 168361986, SourcePort: 8080", StringComparison.Ordinal));
        Assert.Equal("after it:            HTTP/1.1 200, HTTP/1.0 200", lines[^1]);
        AssertNothingIsLeft(process.Id);
    }

    [HttpServerFact]
    public void Script_StoppedInTheMiddle_LeavesNothing()
    {
        using Process process = Start();
        Assert.Equal("without the program: HTTP/1.1 200, HTTP/1.0 200", process.StandardOutput.ReadLine());
        using (Process stop = Process.Start("kill", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))) stop.WaitForExit();
        Assert.True(process.WaitForExit(180_000));
        Assert.NotEqual(0, process.ExitCode);
        AssertNothingIsLeft(process.Id);
    }

    private static Process Start() => Process.Start(new ProcessStartInfo(Script)
    {
        WorkingDirectory = "/", RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["NECTAR"] = NectarCommand.Path },
    })!;

    private static void AssertNothingIsLeft(int id)
    {
        Assert.DoesNotContain($"-{id}", TestEnvironment.Run(TestEnvironment.FindTool("ip")!, "netns", "list").Output, StringComparison.Ordinal);
    }
}

/// <summary>A test with a web server of python3 that speaks HTTP/1.1, and curl.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class HttpServerFactAttribute() : MachineFactAttribute(NetworkNamespace.Unavailable ?? s_missing.Value, ["curl", "python3"])
{
    private static readonly Lazy<string?> s_missing = new(() =>
        TestEnvironment.FindTool("python3") is { } python && TestEnvironment.Run(python, "-m", "http.server", "--help").Output.Contains("--protocol", StringComparison.Ordinal)
            ? null
            : "python3 is older than 3.11: its web server speaks no HTTP/1.1");
}
