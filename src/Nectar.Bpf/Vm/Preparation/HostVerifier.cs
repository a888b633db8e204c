// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Btf;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Bpf.Verifier;

namespace Nectar.Bpf.Vm;

/// <summary>
/// Verifies the programs of an object for this process. The types of kernel objects are those that CO-RE was applied against: without others, the
/// object's own. The kernel's are asked for only where these do not do, since reading them takes longer than most verifications.
/// </summary>
internal sealed class HostVerifier(BpfObject source, VmOptions options, IReadOnlyList<VmMap> maps, Func<string, ulong?> findExtern)
{
    private readonly HostBindings _host = new([.. maps.Select(map => map.Definition)], name => HelperTable.FindKfunc(name) is { } kfunc ? (uint)kfunc.Id : findExtern(name));
    private readonly Lazy<BtfTypes?> _kernel = new(() => options.KernelTypes?.Invoke());

    /// <exception cref="VerificationException">It is refused.</exception>
    internal VerificationResult Verify(LinkedProgram linked)
    {
        VerificationResult result = Verify(linked, options.TargetTypes is [{ } target, ..] ? target : source.Types);
        if (!result.IsAccepted && options.KernelTypes is not null && _kernel.Value is { } kernel) result = Verify(linked, kernel);
        if (result.IsAccepted) return result;
        throw new VerificationException(result.Explanation!, linked.Definition.Name, "") { ProcessedInstructions = result.Statistics.InstructionsWalked };
    }

    private VerificationResult Verify(LinkedProgram linked, BtfTypes? types) =>
        ProgramVerifier.Verify(LinkedInput.From(source, linked, types, _host), new VerifierOptions { KernelTypes = types, IsForThisProcess = true, HighestProcessor = (uint)options.CpuCount - 1 });
}
