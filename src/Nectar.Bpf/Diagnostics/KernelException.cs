// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Maps;

namespace Nectar.Bpf.Diagnostics;

/// <summary>The kernel refused something: the diagnostic says which object, what was tried, what the errno means there and what to do.</summary>
public class KernelException : NectarException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="diagnostic">What is told to the user.</param>
    /// <param name="errno">What the kernel answered.</param>
    /// <param name="command">The system call, with its command: <c>bpf(BPF_MAP_CREATE)</c>.</param>
    /// <param name="objectName">The map, program, link or interface it was about.</param>
    public KernelException(Diagnostic diagnostic, Errno errno, string command, string objectName)
        : base(diagnostic)
    {
        Errno = errno;
        Command = command;
        ObjectName = objectName;
    }

    /// <summary>What the kernel answered; <see cref="Errno.None"/> where it was not asked because the answer was known.</summary>
    public Errno Errno { get; }

    /// <summary>The system call, with its command.</summary>
    public string Command { get; }

    /// <summary>The map, program, link or interface it was about.</summary>
    public string ObjectName { get; }

    /// <summary>What to do about it: the first <c>help:</c> of the diagnostic, without that word; null if there is none.</summary>
    public string? Hint => Diagnostics[0].Notes.FirstOrDefault(note => note.StartsWith("help: ", StringComparison.Ordinal))?[6..];
}

/// <summary>This kernel does not have what is needed: a reason to skip, or to fall back to something older.</summary>
public sealed class FeatureMissingException : KernelException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="diagnostic">What is told to the user.</param>
    /// <param name="errno">What the kernel answered when it was probed.</param>
    /// <param name="command">The system call that needs the feature.</param>
    /// <param name="feature">The feature in words: <c>tcx links</c>.</param>
    /// <param name="minimumKernel">The first kernel that has it; null if it is a matter of configuration.</param>
    public FeatureMissingException(Diagnostic diagnostic, Errno errno, string command, string feature, Version? minimumKernel)
        : base(diagnostic, errno, command, feature)
    {
        Feature = feature;
        MinimumKernel = minimumKernel;
    }

    /// <summary>The feature in words.</summary>
    public string Feature { get; }

    /// <summary>The first kernel that has it; null if it is a matter of configuration.</summary>
    public Version? MinimumKernel { get; }
}
