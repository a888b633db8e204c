// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Linux.Features;
using Nectar.Linux.Loading;

namespace Nectar.KernelTests.Loading;

public sealed class KernelMatrixTests
{
    // What some kernels refuse, and the part of the message that says so; everything else must load.
    private static readonly Dictionary<string, string> s_mayBeRefused = new()
    {
        ["p_lirc"] = "EINVAL", // CONFIG_BPF_LIRC_MODE2
        ["t_tp_s"] = "can be sleepable",
        ["t_raw_tp_s"] = "can be sleepable",
        ["t_fentry"] = "EPERM",
        ["t_fexit"] = "EPERM",
        ["t_fmod_ret"] = "EPERM",
        ["t_lsm"] = "EPERM",
        ["t_lsm_cgroup"] = "EPERM",
        ["t_freplace"] = "does not name the function", // it needs a live program
        ["t_probe_write_user"] = "bpf_probe_write_user", // lockdown
        ["f_timer"] = "bpf_timer", // tracing programs may use timers from 6.19 on
        ["f_inode_storage"] = "EPERM", // for LSM programs only
    };

    public static TheoryData<string> Files => new(KernelMatrix.Files);

    [MatrixTheory]
    [MemberData(nameof(Files))]
    public void EveryProgram_OfTheMatrix_LoadsOrIsRefusedForItsReason(string file)
    {
        List<string> wrong = [];
        int loadedCount = 0;
        foreach (string name in KernelMatrix.Read(file).Programs.Select(p => p.Name).ToArray())
        {
            try
            {
                using KernelObject loaded = KernelObject.Load(KernelMatrix.Read(file), new KernelLoadOptions { Programs = [name] });
                loadedCount++;
                Assert.Equal(name, Assert.Single(loaded.Programs).Name);
            }
            catch (NectarException problem)
            {
                string text = problem.Message + (problem as VerificationException)?.Log;
                if (!s_mayBeRefused.TryGetValue(name, out string? reason) || !text.Contains(reason, StringComparison.Ordinal)) wrong.Add($"{name}: {problem.Message}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(loadedCount > 0, $"{file}: nothing was loaded");
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class MatrixTheoryAttribute : TheoryAttribute
    {
        public MatrixTheoryAttribute()
        {
            Skip = BpfAccess.Unavailable ?? KernelMatrix.Missing;
            if (Skip is null && !KernelRelease.Running.IsAtLeast(new Version(6, 16))) Skip = $"the matrix is for kernel 6.16 and newer, this is {KernelRelease.Running.Release}";
        }
    }
}
