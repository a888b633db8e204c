// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Text.RegularExpressions;
using Nectar.Bpf.Diagnostics;
using Nectar.Linux.Symbols.Libraries;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Symbols;

public sealed class LibraryResolverTests
{
    private static string Real(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;

    [Theory]
    [InlineData("c")]
    [InlineData("libc")]
    [InlineData("libc.so")]
    [InlineData("libc.so.6")]
    public void EveryNameOfTheCLibrary_IsTheSameFile(string name)
    {
        Match ours = Regex.Match(File.ReadAllText("/proc/self/maps"), @"(/\S*/libc\.so\.6)\n");
        Assert.True(LibraryResolver.TryResolveLibrary(name, out string? path));
        Assert.Equal(Real(ours.Groups[1].Value).Replace("/usr/lib/", "/lib/", StringComparison.Ordinal), Real(path).Replace("/usr/lib/", "/lib/", StringComparison.Ordinal));
    }

    [ToolFact("ldconfig")]
    public void Cache_HoldsWhatLdconfigPrints()
    {
        string ldconfig = TestEnvironment.FindTool("ldconfig")!;
        (string, string)[] expected = [.. Regex.Matches(TestEnvironment.Run(ldconfig, "-p").Output, @"^\t(\S+) \(libc6,(?:x86-64|AArch64)\) => (.*)$", RegexOptions.Multiline).Select(m => (m.Groups[1].Value, m.Groups[2].Value))];
        Assert.NotEmpty(expected);
        Assert.Equal(expected, LdCache.Read(File.ReadAllBytes("/etc/ld.so.cache")).Where(library => library.Level == 0).Select(library => (library.Name, library.Path)));
    }

    [Fact]
    public void Program_IsFoundThroughPath_AndPathIsTaken()
    {
        Assert.Equal(TestEnvironment.FindTool("bash"), LibraryResolver.Resolve("bash"));
        Assert.Equal("/bin/sh", LibraryResolver.Resolve("/bin/sh"));
        Assert.Equal("/bin/sh", LibraryResolver.Resolve("/bin/../bin/sh"));
    }

    [Fact]
    public void UnknownName_IsReported_WithTheNearest()
    {
        NectarException problem = Assert.Throws<ObjectFormatException>(() => LibraryResolver.Resolve("libpthrad"));
        Assert.Equal(4404, problem.Diagnostics[0].Code.Number);
        Assert.Contains("libpthread", problem.Message, StringComparison.Ordinal);
        Assert.Equal(4404, Assert.Throws<ObjectFormatException>(() => LibraryResolver.Resolve("/no/such")).Diagnostics[0].Code.Number);
    }

    [ToolFact("gcc")]
    public void LibraryPathOfAProcess_IsLookedAt()
    {
        string folder = Path.GetDirectoryName(NativeFixture.Versions())!;
        ProcessStartInfo start = new("/bin/sleep", "30");
        start.Environment["LD_LIBRARY_PATH"] = folder;
        using Process process = Process.Start(start)!;
        try
        {
            Assert.False(LibraryResolver.TryResolveLibrary("versions", out _));
            Assert.True(LibraryResolver.TryResolveLibrary("versions", out string? path, process.Id));
            Assert.Equal(NativeFixture.Versions(), path);
            SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{process.Id}/maps").Contains("libc.so.6", StringComparison.Ordinal), 5000);
            Assert.EndsWith("libc.so.6", LibraryResolver.Resolve("c", process.Id), StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public void Cache_OfTheOlderForm_IsRead()
    {
        byte[] strings = "libx.so.1\0/lib/libx.so.1\0"u8.ToArray();
        byte[] file = new byte[16 + 12 + strings.Length];
        "ld.so-1.7.0"u8.CopyTo(file);
        file[12] = 1;
        BitConverter.TryWriteBytes(file.AsSpan(16), System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? 0x0a03 : 0x0303);
        BitConverter.TryWriteBytes(file.AsSpan(24), 10);
        strings.CopyTo(file, 28);
        Assert.Equal(new CachedLibrary("libx.so.1", "/lib/libx.so.1", 0), Assert.Single(LdCache.Read(file)));
    }
}
