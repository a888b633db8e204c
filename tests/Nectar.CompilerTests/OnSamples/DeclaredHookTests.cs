// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.CompilerTests.OnSamples;

/// <summary>What every sample has, whatever this kernel can attach.</summary>
public sealed class DeclaredHookTests
{
    [Theory]
    [InlineData("BlockHttp", "xdp")]
    [InlineData("DenyOpen", "lsm/file_open")]
    [InlineData("DnsAnswers", "xdp")]
    [InlineData("DropTcp", "tc")]
    [InlineData("ExecSnoop", "tracepoint/syscalls/sys_enter_execve", "tracepoint/syscalls/sys_exit_execve")]
    [InlineData("PortForward", "tc")]
    [InlineData("ReadLatency", "fentry/vfs_read", "fexit/vfs_read")]
    [InlineData("SslWrite", "uprobe/libssl.so.3:SSL_write")]
    [InlineData("SyscallCounter", "raw_tracepoint/sys_enter")]
    [InlineData("TcpConnections", "tp_btf/inet_sock_set_state")]
    public void Sample_Compiled_HasSectionsPageAndSource(string name, params string[] sections)
    {
        BpfObject source = Compiled.Sample(name);
        Assert.Equal(sections, source.Programs.Select(program => program.Section));
        Assert.Equal("GPL", source.License);
        Assert.Contains(source.Programs[0].Entry.Lines, line => line.File.EndsWith(name + ".cs", StringComparison.Ordinal) && line.Text.Length > 0);
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "samples", name + ".md"));
        Assert.Contains($"samples/{name}.cs", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_Folder_HasNoSourceWithoutATest()
    {
        string[] known = [.. typeof(DeclaredHookTests).GetMethod(nameof(Sample_Compiled_HasSectionsPageAndSource))!.GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>().Select(data => (string)data.GetData(null!).First()[0])];
        Assert.Equal(Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "*.cs").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal), known.Order(StringComparer.Ordinal));
    }
}
