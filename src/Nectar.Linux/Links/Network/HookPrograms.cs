// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Maps;
using Nectar.Bpf.Objects;
using Nectar.Linux.Features;
using Nectar.Linux.Network;
using Nectar.Linux.Programs;

namespace Nectar.Linux.Links.Network;

/// <summary>What all hooks check before they ask the kernel, and say when it refuses.</summary>
internal static class HookPrograms
{
    /// <summary>Refuses a program of another type: the kernel would only say EINVAL.</summary>
    internal static void Require(KernelProgram program, string hook, params ReadOnlySpan<ProgramType> types)
    {
        ArgumentNullException.ThrowIfNull(program);
        foreach (ProgramType type in types)
        {
            if (type == program.Type) return;
        }

        string wanted = string.Join(" or ", types.ToArray().Select(type => type.ToString()));
        throw new KernelException(Diagnostic.Error(NetworkCodes.ProgramType, $"program '{program.Name}': attach it to {hook}: its type is {program.Type}, the hook takes {wanted}",
            "help: load the program with the type of the hook (its section name says which)"), Errno.None, "bpf(BPF_LINK_CREATE)", program.Name);
    }

    /// <summary>Makes the exception for a refused attachment, with what the errno means at this hook.</summary>
    internal static KernelException Refuse(DiagnosticCode code, KernelProgram program, string hook, string call, Errno errno, ReadOnlySpan<(Errno Errno, string Meaning)> meanings, string? reason = null)
    {
        List<string> notes = [];
        if (reason is not null) notes.Add($"note: the kernel says: {reason}");
        foreach ((Errno known, string meaning) in meanings)
        {
            if (known == errno) notes.Add(meaning);
        }

        return Refusal.Make(code, $"program '{program.Name}'", $"attach it to {hook}", call, errno, [.. notes]);
    }

    /// <summary>Makes the exception for a hook that this kernel does not have, with what comes closest.</summary>
    internal static FeatureMissingException Missing(Feature feature, KernelProgram program, string hook, Errno errno)
    {
        FeatureStatus status = KernelFeatures.Probe(feature);
        return KernelFeatures.Missing(feature, status.State == FeatureState.No ? status : FeatureStatus.No("", errno), $"program '{program.Name}': attach it to {hook}");
    }

    /// <summary>The same for abilities of a hook that are not probed for.</summary>
    internal static FeatureMissingException Missing(string feature, string hook, string call, Errno errno, Version? minimum, params ReadOnlySpan<string> notes)
    {
        string needs = minimum is null ? "a kernel that is configured with it" : $"kernel {minimum}";
        return new FeatureMissingException(Diagnostic.Error(NetworkCodes.MissingHook, $"{hook}: this kernel has no {feature} ({errno}); needs {needs}", notes), errno, call, feature, minimum);
    }
}
