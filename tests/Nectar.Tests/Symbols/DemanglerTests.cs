// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using Nectar.Linux.Symbols.Names;
using Nectar.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace Nectar.Tests.Symbols;

/// <summary>Compares the demangler with tools over all symbols of real libraries.</summary>
public sealed class DemanglerTests(ITestOutputHelper output)
{
    private const string CppLibrary = "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", LargeLibrary = "/usr/lib/x86_64-linux-gnu/libLLVM-16.so.1";

    [FileFact(CppLibrary, "c++filt", "nm")]
    public void CppNames_OfLibstdcpp_AreThoseOfCppfilt() => Compare(Names(CppLibrary), "c++filt", 0.995);

    [FileFact(LargeLibrary, "c++filt", "nm")]
    public void CppNames_OfALargeLibrary_AreThoseOfCppfilt()
    {
        string[] names = Names(LargeLibrary);
        Compare([.. names.Where((_, i) => i % Math.Max(1, names.Length / 10000) == 0)], "c++filt", 0.99);
    }

    [ToolFact("rustc", "llvm-cxxfilt-19", "nm")]
    public void RustV0Names_AreThoseOfLlvm()
    {
        string program = NativeFixture.Build("v0", "rustc -C symbol-mangling-version=v0 -C opt-level=0 -g a.rs -o v0", ("a.rs", RustSource));
        string[] names = [.. AllNames(program).Where(name => name.StartsWith("_R", StringComparison.Ordinal))];
        Compare(names, "llvm-cxxfilt-19", 0.995);
        Assert.Contains(names, name => Demangler.Demangle(name) == "a::größe::<alloc::string::String>");
    }

    [ToolFact("rustc", "c++filt", "nm")]
    public void RustLegacyNames_AreThoseOfCppfilt_WithoutHash()
    {
        string program = NativeFixture.Build("legacy", "rustc -C symbol-mangling-version=legacy -Z unstable-options -C opt-level=0 a.rs -o legacy 2>/dev/null || rustc -C opt-level=0 a.rs -o legacy", ("a.rs", RustSource));
        string[] names = [.. AllNames(program).Where(name => name.StartsWith("_ZN", StringComparison.Ordinal) && name.Contains("17h", StringComparison.Ordinal))];
        Compare(names, "c++filt", 0.995, text => System.Text.RegularExpressions.Regex.Replace(text, "::h[0-9a-f]{16}", ""));
    }

    [Theory]
    [InlineData("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad")]
    [InlineData("_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$3bar17h930b740aa94f1d3aE", "<Test + 'static as foo::Bar<Test>>::bar")]
    [InlineData("_ZN3foo20test$RF$$LP$$RP$$C$x17h0123456789abcdefE.llvm.1234", "foo::test&(),x")]
    [InlineData("_ZN12test$RF$$LP$17h0123456789abcdefE.llvm.1234", "test&(")]
    [InlineData("_RNvC6_123foo3bar", "123foo::bar")]
    [InlineData("_RNvNtNtCs9ltgdHTiPiY_4core3fmt3num3imp", "core::fmt::num::imp")]
    [InlineData("_RINvNtC3std3mem8align_ofjdE", "std::mem::align_of::<usize, f64>")]
    [InlineData("_RNvMs_NtC5crate3fooNtB4_3Bar3new", "<crate::foo::Bar>::new")]
    [InlineData("_RNCNvC4main4mains_0", "main::main::{closure#1}")]
    [InlineData("_RIC0Kan8_E", "::<-8>")]
    public void RustName_IsReadable(string name, string expected) => Assert.Equal(expected, Demangler.Demangle(name));

    [Theory]
    [InlineData("main")]
    [InlineData("_Z")]
    [InlineData("_ZN")]
    [InlineData("_R")]
    [InlineData("_ZNSt")]
    [InlineData("__libc_start_main")]
    [InlineData("")]
    public void OtherNames_StayAsTheyAre(string name) => Assert.Equal(name, Demangler.Demangle(name));

    [Theory]
    [InlineData("_Z3fooILb1EEvv.constprop.0", "void foo<true>() [clone .constprop.0]")]
    [InlineData("_Z1fPFPiS_E", "f(int* (*)(int*))")]
    [InlineData("_ZN1A1BC1Ev", "A::B::B()")]
    [InlineData("_ZN1AcvPFivEEv", "A::operator int (*)()()")]
    [InlineData("_Z1fRA3_KcM1AFivE", "f(char const (&) [3], int (A::*)())")]
    [InlineData("_ZZ1fvENKUlT_E0_clIiEEDaS_", "auto f()::{lambda(auto:1)#2}::operator()<int>(int) const")]
    [InlineData("_ZTv0_n24_N1A1fEv", "virtual thunk to A::f()")]
    [InlineData("_ZThn8_N1AD0Ev", "non-virtual thunk to A::~A()")]
    [InlineData("_ZGVZ1fvE1x", "guard variable for f()::x")]
    public void CppName_IsReadable(string name, string expected) => Assert.Equal(expected, Demangler.Demangle(name));

    [Fact]
    public void MutatedNames_NeverFail_NorTakeLong()
    {
        string[] seeds = ["_ZNSt6vectorIiSaIiEE9push_backERKi", "_ZZN1A1fIiEEvT_ENKUlvE_clEv", "_Z1fIJidcEEvDpT_", "_ZN5boost6spirit2qi11what_visitorclINS1_6actionIT_T0_EEEEvRKS5_", "_RINvNtC3std3mem8align_ofjdE", "_RNvXs0_NtC3foo3barINtB5_3BazDNtB5_5TraitEL_E", "_ZN71_$LT$Test$u20$as$u20$foo..Bar$GT$3bar17h930b740aa94f1d3aE", "_ZN1AcvT_IiEEv", "_Z1fDTcl1gspT_EE"];
        Random random = new(3);
        const string Alphabet = "_ZNSTIEKPRODLXJstlcvCMF0123456789aiudpBGUQ";
        Stopwatch watch = Stopwatch.StartNew();
        TimeSpan slowest = TimeSpan.Zero;
        for (int i = 0; i < 60000; i++)
        {
            char[] name = seeds[random.Next(seeds.Length)].ToCharArray();
            for (int edits = random.Next(1, 6); edits > 0; edits--) name[random.Next(2, name.Length)] = Alphabet[random.Next(Alphabet.Length)];
            long start = Stopwatch.GetTimestamp();
            Demangler.Demangle(new string(name));
            if (Stopwatch.GetElapsedTime(start) is var took && took > slowest) slowest = took;
        }

        Assert.True(slowest < TimeSpan.FromSeconds(1), $"{slowest}");
    }

    [Fact]
    public void NamesThatGrow_AreBounded()
    {
        // each substitution doubles the one before: 2^40 characters
        string name = "_Z1f" + string.Concat(Enumerable.Range(0, 40).Select(i => i == 0 ? "1AI1BS0_E" : $"S_IS{Convert.ToString(i, 8)}_S{Convert.ToString(i, 8)}_E"));
        Stopwatch watch = Stopwatch.StartNew();
        Demangler.Demangle(name);
        Demangler.Demangle("_Z" + new string('P', 10000) + "i");
        Demangler.Demangle("_Z1f" + new string('P', 10000) + "i");
        Demangler.Demangle("_R" + string.Concat(Enumerable.Repeat("NvC1a1b", 2000)));
        Demangler.Demangle("_RIC1a" + string.Concat(Enumerable.Range(0, 60).Select(i => "TB4_B4_E")) + "E");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"{watch.Elapsed}");
    }

    private const string RustSource = """
        use std::fmt::{Debug, Display};
        use std::collections::HashMap;
        pub trait Shape<T> { fn area(&self, t: T) -> f64; }
        pub struct Square<const N: usize>(f64);
        impl<const N: usize> Shape<[u8; N]> for Square<N> { fn area(&self, _t: [u8; N]) -> f64 { self.0 } }
        #[inline(never)] pub fn größe<T: Debug + Display>(t: T) -> String { format!("{t:?} {t}") }
        #[inline(never)] fn call(f: &dyn for<'a> Fn(&'a str) -> &'a str) -> usize { f("x").len() }
        #[inline(never)] extern "C" fn c_abi(f: unsafe extern "C" fn(i32) -> i32) -> i32 { unsafe { f(1) } }
        unsafe extern "C" fn add(i: i32) -> i32 { i + 1 }
        #[inline(never)] fn consts<const C: char, const B: bool, const I: i16>() -> (char, bool, i16) { (C, B, I) }
        fn main() {
            let mut m: HashMap<(i32, &'static str), Vec<Option<Box<dyn Debug + Send>>>> = HashMap::new();
            m.insert((1, "a"), vec![Some(Box::new(3u8))]);
            println!("{} {} {} {:?} {}", größe(String::from("s")), call(&|s| s), c_abi(add), consts::<'é', true, -5>(), Square::<4>(2.0).area([0; 4]));
            let t = std::thread::spawn(move || { println!("{}", m.len()); });
            t.join().unwrap();
        }
        """;

    private static string[] AllNames(string file) => [.. TestEnvironment.Run("nm", file).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[(line.LastIndexOf(' ') + 1)..]).Distinct()];

    private static string[] Names(string file) => [.. TestEnvironment.Run("nm", "-D", file).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line[(line.LastIndexOf(' ') + 1)..].Split('@')[0]).Where(name => name.StartsWith("_Z", StringComparison.Ordinal)).Distinct()];

    private void Compare(string[] names, string tool, double bar, Func<string, string>? normalise = null)
    {
        Assert.NotEmpty(names);
        string[] expected = Filter(tool, names);
        int same = 0, shown = 0, unknown = 0;
        for (int i = 0; i < names.Length; i++)
        {
            string ours = Demangler.Demangle(names[i]);
            if (ours == (normalise?.Invoke(expected[i]) ?? expected[i])) same++;
            else if (expected[i] == names[i]) unknown++; // newer than the tool
            else if (shown++ < 40) output.WriteLine($"{names[i]}\n  ours     {ours}\n  expected {expected[i]}");
        }

        output.WriteLine($"{same} of {names.Length} names as {tool} writes them: {100.0 * same / names.Length:F2} %; {unknown} that only we know");
        Assert.True(same >= (names.Length - (bar < 0.995 ? unknown : 0)) * bar, $"{same} of {names.Length}");
    }

    private static string[] Filter(string tool, string[] names)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, names);
            return TestEnvironment.Run("/bin/sh", "-c", $"{tool} < '{file}'").Output.Split('\n')[..names.Length];
        }
        finally
        {
            File.Delete(file);
        }
    }
}
