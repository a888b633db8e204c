// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Vm;
using Nectar.Linux.Loading;

namespace Nectar.Cli;

/// <summary>Verified, checked or trusted: the options of verbs that load programs into this process.</summary>
internal static class Regimes
{
    private const string Hint = "help: --unverified runs it all the same, and tests each memory access";

    internal static Option<bool> Unverified() => new("--unverified") { Description = "Do not verify the program; test each memory access while it runs" };

    internal static Option<bool> Trusted() => new("--trusted") { Description = "Do not verify the program, and test nothing: for programs that you would run as native code" };

    internal static VmRegime Choose(bool unverified, bool trusted) => trusted ? VmRegime.Trusted : unverified ? VmRegime.Checked : VmRegime.Verified;

    /// <summary>Loads an object; a refusal of the verifier says what to do about it here.</summary>
    internal static VmObject Load(BpfObject source, VmOptions options)
    {
        try
        {
            return VmObject.Load(source, options with { KernelTypes = static () => KernelBtf.Running.TryVmlinux });
        }
        catch (VerificationException refused)
        {
            Diagnostic first = refused.Diagnostics[0];
            throw new VerificationException([first with { Notes = [.. first.Notes, Hint] }, .. refused.Diagnostics[1..]], refused.Program, refused.Log);
        }
    }
}
