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
    [ToolFact("tcpdump")]
    public void Format_ProgramsOfTcpdump_PrintsItsThreeFormsIdentically()
    {
        string tcpdump = TestEnvironment.FindTool("tcpdump")!;
        int compared = 0;
        foreach ((string link, string expression) in FilterExpressions.All)
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
