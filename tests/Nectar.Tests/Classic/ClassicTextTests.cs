// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.IO.Compression;
using System.Text.Json;
using Nectar.Bpf.Classic;
using Nectar.Bpf.Diagnostics;
using Nectar.Tests.Support;
using Xunit;

namespace Nectar.Tests.Classic;

public sealed class ClassicTextTests
{
    public static readonly (string Link, string Expression)[] Expressions =
    [
        .. new[]
        {
            "", "ip", "ip6", "arp", "rarp", "tcp", "udp", "icmp", "icmp6", "sctp", "host 10.0.0.1", "src host 10.1.2.3", "dst net 192.168.0.0/16",
            "net 10.0.0.0/8", "ip6 host 2001:db8::1", "net 2001:db8::/32", "port 53", "tcp port 80", "tcp dst port 443", "udp src port 53",
            "portrange 6000-6008", "host 10.0.0.1 and port 53", "tcp port 80 or tcp port 443", "port 22 or port 80 or port 443", "not port 22",
            "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "tcp[13] = 18", "ether host 00:11:22:33:44:55", "ether broadcast", "ether multicast", "ip multicast",
            "vlan", "vlan 100", "vlan 100 and tcp port 80", "vlan and vlan and ip", "mpls", "mpls 100 and ip", "pppoed", "pppoes 7 and ip", "geneve", "geneve 5 and ip",
            "ip6 protochain 6", "ip protochain 51", "len > 1000", "greater 200", "less 60", "ip[2:2] * 4 / 3 = 10", "ip[6:2] & 0x1fff != 0", "ip[0] << 4 >> 2 | 1 = 5",
            "ip[8] % 5 = 2 or ip[9] ^ 3 = 7", "(ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2) != 0", "-ip[4:4] = 7", "llc", "iso", "isis", "atalk", "decnet host 1.7",
            "ether proto 0x88cc", "ip proto 47", "1/2=1/3&&1>4/5", "net 10.0.0.0/8 and not arp and greater 500",
        }.Select(e => ("EN10MB", e)),
        ("RAW", "tcp port 80"), ("RAW", "ip6 and udp"), ("LINUX_SLL", "tcp port 80"), ("LINUX_SLL", "inbound"), ("LINUX_SLL2", "ifindex 3"), ("NULL", "host 127.0.0.1"),
        ("LOOP", "ip6"), ("PPP", "ip"), ("IEEE802_11", "type mgt subtype beacon"), ("IEEE802_11_RADIO", "wlan addr1 00:11:22:33:44:55"), ("IEEE802_11_RADIO", "tcp port 80"),
        ("SUNATM", "vpi 3"), ("MTP2", "sio 5"), ("PFLOG", "action pass"), ("PPI", "link[0] = 5"), ("SLIP", "outbound"),
    ];

    [ToolFact("tcpdump")]
    public void Format_ProgramsOfTcpdump_PrintsItsThreeFormsIdentically()
    {
        string tcpdump = TestEnvironment.FindTool("tcpdump")!;
        int compared = 0;
        foreach ((string link, string expression) in Expressions)
        {
            foreach (string[] options in new[] { new[] { "-y", link }, ["-O", "-y", link] })
            {
                (int exit, string decimals, _) = TestEnvironment.Run(tcpdump, [.. options, "-ddd", expression]);
                if (exit != 0) continue; // not every expression exists for every link type and version
                ClassicInstruction[] program = ClassicText.Parse(decimals);
                Assert.Equal(decimals, ClassicListing.Format(program, ClassicListingForm.Decimal));
                string listing = TestEnvironment.Run(tcpdump, [.. options, "-d", expression]).Output;
                Assert.Equal(listing, ClassicListing.Format(program));
                string initialisers = TestEnvironment.Run(tcpdump, [.. options, "-dd", expression]).Output;
                Assert.Equal(initialisers, ClassicListing.Format(program, ClassicListingForm.C));
                Assert.Equal(program.Select(Meaningful), ClassicText.Parse(listing)); // unoptimised programs carry constants that mean nothing
                Assert.Equal(program, ClassicText.Parse(initialisers));
                Assert.Equal(program, ClassicText.Parse(ClassicListing.Format(program, ClassicListingForm.DecimalOnOneLine)));
                compared++;
            }
        }

        Assert.True(compared >= 100, $"only {compared} programs could be compared");
    }

    [SharedFact("conformance", "pcap", "cases.json.gz")]
    public void Parse_ListingsOfTheConformanceSuite_PrintIdentically()
    {
        using GZipStream stream = new(File.OpenRead(TestEnvironment.SharedPath("conformance", "pcap", "cases.json.gz")!), CompressionMode.Decompress);
        using JsonDocument cases = JsonDocument.Parse(stream);
        int compared = 0;
        foreach (JsonElement item in cases.RootElement.EnumerateArray())
        {
            foreach (string name in new[] { "opt", "unopt" })
            {
                if (!item.TryGetProperty(name, out JsonElement value) || value.ValueKind != JsonValueKind.String) continue;
                string expected = value.GetString()!;
                ClassicInstruction[] program = ClassicText.Parse(expected);
                Assert.Equal(Trimmed(expected), Trimmed(ClassicListing.Format(program)));
                foreach (ClassicListingForm form in Enum.GetValues<ClassicListingForm>())
                {
                    Assert.Equal(program, ClassicText.Parse(ClassicListing.Format(program, form)));
                }

                compared++;
            }
        }

        Assert.True(compared > 1000, $"only {compared} listings were found");

        // The suite's own printer trims blanks and adds comments to one case.
        static string Trimmed(string text) => string.Join('\n', text.Split('\n').Select(l => l.Split(';')[0].TrimEnd())).TrimEnd();
    }

    [Fact]
    public void Parse_EveryGeneratedProgram_ReadsWhatWasPrinted()
    {
        ClassicProgramGenerator generator = new(1) { Ancillaries = Enum.GetValues<ClassicAncillary>(), HeaderBases = [ClassicAncillaryTable.NetworkBase, ClassicAncillaryTable.LinkBase] };
        for (int i = 0; i < 1000; i++)
        {
            ClassicInstruction[] program = generator.NextProgram();
            foreach (ClassicListingForm form in Enum.GetValues<ClassicListingForm>())
            {
                // The readable form does not show fields that mean nothing.
                ClassicInstruction[] expected = form == ClassicListingForm.Readable ? [.. program.Select(Meaningful)] : program;
                Assert.Equal(expected, ClassicText.Parse(ClassicListing.Format(program, form)));
            }
        }
    }

    private static ClassicInstruction Meaningful(ClassicInstruction c) =>
        ClassicOpcodeTable.Find(c.Code)!.Operand is ClassicOperand.None or ClassicOperand.IndexRegister or ClassicOperand.Length ? c with { K = 0 } : c;

    [Theory]
    [InlineData("(000) ldq [1]", "-(1,7): error NEC9121: 'ldq' is no classic instruction")]
    [InlineData("(000) ret #x", "-(1,11): error NEC9121: '#x' is no operand")]
    [InlineData("(000) tax x", "-(1,11): error NEC9121: 'tax' does not take 'x'")]
    [InlineData("(000) ret #1 #2", "-(1,14): error NEC9120: '#2' after the end of the instruction")]
    [InlineData("(001) ret #1", "-(1,1): error NEC9120: this is instruction 0 of the text, but it is numbered 1")]
    [InlineData("(000) jeq #1 jt 0 jf 1", "-(1,17): error NEC9122: jt of instruction 0 can reach 1 to 256, not 0")]
    [InlineData("(000) jeq #1 jt 1", "-(1,18): error NEC9120: expected 'jf' and the index of an instruction")]
    [InlineData("{ 6, 0, 0 },", "-(1,11): error NEC9120: an instruction has 4 numbers, here are 3")]
    [InlineData("{ 6, 0, 256, 1 },", "-(1,9): error NEC9122: '256' is no value for jf; 0 to 255 are allowed")]
    [InlineData("{ 6, 0, 0, 1", "-(1,13): error NEC9120: expected '}' before the end of the text")]
    [InlineData("2\n6 0 0 1", "-(1,1): error NEC9123: 2 instructions are announced, but 1 follow")]
    [InlineData("1,6 0 0", "-(1,3): error NEC9120: the last instruction has 3 of 4 numbers")]
    [InlineData("1,70000 0 0 1", "-(1,3): error NEC9122: '70000' is no value for code; 0 to 65535 are allowed")]
    [InlineData(" ; nothing", "-(1,1): error NEC9120: there is no program in this text")]
    public void TryParse_WrongText_PointsAtIt(string text, string expected)
    {
        DiagnosticBag diagnostics = new();
        Assert.Null(ClassicText.TryParse(text, "-", diagnostics));
        Assert.Equal(expected, diagnostics.Items[0].ToString().Split('\n')[0]);
    }

    [Fact]
    public void TryParse_SeveralWrongLines_ReportsEach()
    {
        DiagnosticBag diagnostics = new();
        Assert.Null(ClassicText.TryParse("(000) foo\n(001) ld [12]\n(002) bar\n(003) ret #1 1\n", "f", diagnostics));
        Assert.Equal([1, 3, 4], diagnostics.Items.Select(d => d.Span!.Value.Line));
    }

    [Fact]
    public void TryParse_RandomText_NeverThrows()
    {
        Random random = new(5);
        const string Alphabet = "0123456789abcdefx#[](){}+,;-&* \n\tldrtjM";
        for (int i = 0; i < 20000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            DiagnosticBag diagnostics = new();
            bool read = ClassicText.TryParse(text, "-", diagnostics) is not null;
            Assert.NotEqual(read, diagnostics.HasErrors);
            foreach (Diagnostic diagnostic in diagnostics.Items) Assert.NotEmpty(diagnostic.ToString());
        }
    }
}
