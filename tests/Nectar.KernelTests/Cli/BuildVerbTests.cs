// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Tests.Support;

namespace Nectar.KernelTests.Cli;

/// <summary>C# where objects are expected, as users call it.</summary>
public sealed class BuildVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nectar-csharp").FullName;

    private static string Sample(string name) => Path.Combine(Repository.Root, "samples", name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ToolFact("dotnet")]
    public void Source_RunsOverACapture_AndAsTheObjectThatWasBuilt()
    {
        string built = Path.Combine(_folder, "http.bpf.o");
        Assert.Contains("Filter ", NectarCommand.Output("build", Sample("BlockHttp.cs"), "-o", built), StringComparison.Ordinal);
        foreach (string input in new[] { Sample("BlockHttp.cs"), built })
        {
            string text = NectarCommand.Output("run", input, "--pcap", Sample("http.pcap"));
            Assert.Contains("XDP_DROP                       12", text, StringComparison.Ordinal);
            Assert.Contains("events of 'Events': 12, none lost", text, StringComparison.Ordinal);
        }
    }

    [ToolFact("dotnet")]
    public void Source_IsVerifiedAndDebugged_ByItsLines()
    {
        Assert.Contains("1 programs, 1 accepted", NectarCommand.Output("verify", Sample("DropTcp.cs")), StringComparison.Ordinal);
        string debugged = NectarCommand.Output("debug", Sample("BlockHttp.cs"), "--pcap", Sample("http.pcap"), "--batch", "--command", "break Filter", "--command", "run", "--command", "list");
        Assert.Contains("Packet packet = ctx.Packet;", debugged, StringComparison.Ordinal);
    }

    [ToolFact("dotnet")]
    public void SeveralProbes_AreChosenByProgram()
    {
        string path = Path.Combine(_folder, "two.cs");
        File.WriteAllText(path, """
            using Nectar.Probes;
            public sealed class First : Probe { [Xdp] public XdpAction Filter(XdpContext context) => XdpAction.Pass; }
            public sealed class Second : Probe { [Xdp] public XdpAction Filter(XdpContext context) => XdpAction.Drop; }
            """);
        Assert.Contains("note: programs: First.Filter, Second.Filter", NectarCommand.Run(1, "run", path, "--pcap", Sample("http.pcap")), StringComparison.Ordinal);
        Assert.Contains("XDP_DROP                      104", NectarCommand.Output("run", path, "Second.Filter", "--pcap", Sample("http.pcap")), StringComparison.Ordinal);
        Assert.Contains("2 programs, 2 accepted", NectarCommand.Output("verify", path), StringComparison.Ordinal);
    }

    [ToolFact("dotnet")]
    public void Mistake_OfTheLanguage_HasItsPlace()
    {
        string path = Path.Combine(_folder, "bad.cs");
        File.WriteAllText(path, "public class A { int F() => x; }\n");
        Assert.Contains($"{path}(1,29): error NEC2301: CS0103: ", NectarCommand.Run(1, "build", path), StringComparison.Ordinal);
        NectarCommand.Run(2, "build", path, "--cpu", "v9");
        Assert.Contains("NEC0002", NectarCommand.Run(1, "build", Path.Combine(_folder, "none.cs")), StringComparison.Ordinal);
    }
}
