// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.BuildTests.Support;
using Xunit;

namespace Nectar.BuildTests.Analyzers;

/// <summary>Declarations: the class and the signatures of its programs.</summary>
public sealed class ProbeClassAnalyzerTests
{
    [Fact]
    public async Task GoodProbe_HasNoFindings() => Assert.Empty(await Analysis.Findings("""
        using Nectar.Probes;
        public sealed unsafe class P : Probe
        {
            [Xdp] public XdpAction Filter(XdpContext context) => XdpAction.Pass;
            [Fentry("vfs_read")] public void Read(void* file, byte* buffer, nuint count) { }
            [Kprobe("do_nanosleep")] public int Sleep(long a, ulong b) => 0;
            public string Report() => string.Join(", ", new[] { "user", "space" });
        }
        """));

    [Fact]
    public async Task ClassThatIsNotSealed_IsFixed()
    {
        const string Source = "using Nectar.Probes;\n\n/// <summary>One.</summary>\npublic unsafe class P : Probe\n{\n    [Xdp] public XdpAction Filter(XdpContext context) => XdpAction.Pass;\n}\n";
        Assert.Equal(["NEC2350 4:21 probe 'P' is not sealed: a program cannot choose among overrides when it runs"], await Analysis.Findings(Source));
        Assert.Equal(Source.Replace("public unsafe class", "public sealed unsafe class", StringComparison.Ordinal), await Analysis.Fixed(Source));
    }

    [Fact]
    public async Task ClassWithoutBase_IsFixed()
    {
        const string Source = "using Nectar.Probes;\npublic sealed class P\n{\n    [Xdp] public XdpAction Filter(XdpContext context) => XdpAction.Pass;\n}\n";
        Assert.Equal(["NEC2351 2:21 'P' has programs but does not derive from Nectar.Probes.Probe, so that nothing is made of it"], await Analysis.Findings(Source));
        Assert.Equal(Source.Replace("class P\n", "class P : Probe\n", StringComparison.Ordinal), await Analysis.Fixed(Source));
    }

    [Theory]
    [InlineData("[Xdp] public static XdpAction F(XdpContext c) => XdpAction.Pass;", "is static; programs are methods of the probe object")]
    [InlineData("[Xdp] public XdpAction F<T>(XdpContext c) => XdpAction.Pass;", "has type parameters; nothing says what they are when the kernel calls it")]
    [InlineData("[Xdp] public string F(XdpContext c) => \"\";", "returns 'string'; the kernel takes an integer, an enumeration, or nothing")]
    [InlineData("[Xdp] public XdpAction F(string c) => XdpAction.Pass;", "has the parameter 'c' of type 'string'; the kernel passes a context, integers and pointers")]
    [InlineData("[Xdp] public XdpAction F(XdpContext c, int b) => XdpAction.Pass;", "has 2 parameters; the kernel passes one, its context")]
    [InlineData("[Xdp] public XdpAction F(int c) => XdpAction.Pass;", "has the parameter 'c' of type 'int'; the kernel passes its context")]
    [InlineData("[Kprobe] public int F(ref long a) => 0;", "has the parameter 'a' by reference; the kernel passes values and pointers")]
    public async Task Signature_SaysWhatTheKernelPasses(string method, string problem) =>
        Assert.EndsWith($" program 'F' {problem}", Assert.Single(await Analysis.Findings($"using Nectar.Probes;\npublic sealed class P : Probe\n{{\n    {method}\n}}\n")), StringComparison.Ordinal);

    [Fact]
    public async Task WithoutTheLibrary_NothingIsLookedFor() => Assert.Empty(await Analysis.Findings("public class A { public object F() => new object(); }"));
}
