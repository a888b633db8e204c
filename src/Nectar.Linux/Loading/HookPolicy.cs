// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Linux.Loading;

/// <summary>What to do about programs whose hook this kernel may lack.</summary>
public enum HookPolicy
{
    /// <summary>Load them as they are; what is missing shows when they are loaded or attached. Asks the kernel nothing.</summary>
    AsWritten,

    /// <summary>Look before anything is loaded: a missing hook is an error that names the next best.</summary>
    Require,

    /// <summary>
    /// Load them for the next best hook where they can be changed to it: kprobe and fentry, kretprobe and fexit. Each change is
    /// told in <see cref="KernelObject.Notes"/>; what cannot be changed is an error.
    /// </summary>
    Fallback,
}
