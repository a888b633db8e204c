// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Trace;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Types;

namespace Nectar.TraceTests.Binding;

/// <summary>Settings, and warnings.</summary>
public sealed class SettingsTests
{
    [Fact]
    public void Settings_AreReadAndTheEnvironmentWins()
    {
        TraceConfig config = Bind.Good("config = { max_strlen = 128; stack_mode = perf; missing_probes = \"warn\"; max_map_keys = 10 } begin { exit(); }",
            new BindOptions { Environment = new Dictionary<string, string> { ["max_map_keys"] = "20", ["unknown"] = "x" } }).Config;
        Assert.Equal((128, StackMode.Perf, MissingProbes.Warn, 20), (config.MaxStringLength, config.StackMode, config.MissingProbes, config.MaxMapKeys));
    }

    [Fact]
    public void Numbers_AreWrittenAsInScripts()
    {
        TraceConfig config = Bind.Good("config = { max_map_keys = 1_000; print_maps_on_exit = 2 } begin { exit(); }",
            new BindOptions { Environment = new Dictionary<string, string> { ["max_strlen"] = "0x40", ["max_probes"] = "2e3" } }).Config;
        Assert.Equal((1000, true, 64, 2000), (config.MaxMapKeys, config.PrintMapsOnExit, config.MaxStringLength, config.MaxProbes));
    }

    [Theory]
    [InlineData("config = { max_strlem = 1 } begin { exit(); }", "max_strlem: not a known configuration option")]
    [InlineData("config = { max_strlen = \"x\" } begin { exit(); }", "max_strlen: expecting a number, got x")]
    [InlineData("config = { btf = 1 } begin { exit(); }", "btf: can only be set as an environment variable")]
    [InlineData("config = { print_maps_on_exit = \"2\" } begin { exit(); }", "print_maps_on_exit: Invalid bool value: valid values are true, false, 1 or 0.")]
    [InlineData("config = { unstable_tseries = error } begin { @ = tseries(1, 1s, 3); }", "tseries is switched off by unstable_tseries=error")]
    [InlineData("config = { unstable_typeinfo = error } begin { print(typeinfo(1).full_type); }", "typeinfo is switched off by unstable_typeinfo=error")]
    public void AWrongSetting_IsAnError(string text, string message) => Assert.Equal(message, Bind.Error(text).Message);

    [Theory]
    [InlineData("begin { 1 + pid; }", "Return value discarded.")]
    [InlineData("begin { let $x; }", "Variable $x was never assigned to.")]
    [InlineData("begin { return; exit(); }", "Unreachable statement.")]
    [InlineData("let @m = hash(5); begin { exit(); }", "Unused map: @m")]
    [InlineData("begin { let $x : uint8 = 1; $x = pid; print($x); }", "Expression of type: uint32 being cast to type: uint8. This may cause unexpected results. Use an explicit cast to suppress this warning.")]
    [InlineData("begin { $x = 1; while ($x < 5) { $x++; } }", "While loops are deprecated and may be removed in the future.")]
    public void DoubtfulScripts_AreWarnedAbout(string text, string warning) => Assert.Contains(warning, Bind.Warnings(text));

    [Theory]
    [InlineData("begin { _ = pid; }")]
    [InlineData("begin { @ = count(); @m[1] = 2; delete(@m, 1); }")]
    public void PlainScripts_AreNot(string text) => Assert.Empty(Bind.Warnings(text));
}
