// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Text;
using Nectar.Bpf.Isa;
using Nectar.Bpf.Vm;
using Xunit;

namespace Nectar.Tests.Vm.Host;

/// <summary>Programs that pass nonsense to every helper: whatever happens is a result or a fault, never a crash, and the same on both engines.</summary>
public sealed class HostileProgramTests
{
    private const int Programs = 400;

    private static readonly string[] s_types = ["xdp", "sched_cls", "socket_filter", "kprobe", "cgroup_sock_addr"];

    [Fact]
    public void Helpers_WithRandomArguments_NeverCrash()
    {
        HelperInfo[] helpers = [.. HelperTable.All.Where(h => !h.IsKfunc)];
        int faults = 0;
        for (int seed = 0; seed < Programs; seed++)
        {
            Random random = new(seed);
            string text = Program(random, helpers);
            RunResult? first = null;
            foreach (VmEngine engine in new[] { VmEngine.Interpreter, VmEngine.Jit })
            {
                VmOptions options = Asm.Unverified with { FuelLimit = 100_000, RandomSeed = 1, Clock = () => 1_000_000, TimeLimit = TimeSpan.FromMilliseconds(20), CpuCount = 2 };
                using VmObject loaded = Asm.Load(text, engine, options);
                RunResult result = loaded.Programs[0].Run(loaded.Programs[0].Context.Name is "xdp_md" or "__sk_buff" ? Asm.Packet(80) : []);
                if (result.Fault is not null) faults++;
                if (first is null)
                {
                    first = result;
                    continue;
                }

                Assert.True(first.Fault?.Kind == result.Fault?.Kind && first.Fault?.Instruction == result.Fault?.Instruction, $"seed {seed}\n{first}\n{result}\n{text}");
                Assert.True(first.Packet.AsSpan().SequenceEqual(result.Packet), $"seed {seed}: packets differ\n{text}");
            }
        }

        Assert.InRange(faults, Programs / 4, 2 * Programs); // both kinds of end are met
    }

    private static string Program(Random random, HelperInfo[] helpers)
    {
        StringBuilder text = new();
        text.AppendLine(".license \"GPL\"");
        text.AppendLine(".map m0 type=array key=u32 value=u64[4] max=4");
        text.AppendLine(".map m1 type=hash key=u32 value=u64 max=4");
        text.AppendLine(".map m2 type=ringbuf max=4096");
        text.AppendLine(".map m3 type=prog_array key=u32 value=u32 max=2");
        text.AppendLine(".map m4 type=queue key=none value=u64 max=2".Replace("key=none ", "", StringComparison.Ordinal));
        text.AppendLine(CultureInfo.InvariantCulture, $".program main type={s_types[random.Next(s_types.Length)]}");
        text.AppendLine("r6 = r1\nr7 = 0\nr8 = 1");
        for (int slot = 8; slot <= 64; slot += 8) text.AppendLine(CultureInfo.InvariantCulture, $"*(u64 *)(r10 - {slot}) = {random.Next(-3, 100)}");
        int calls = 1 + random.Next(6);
        for (int c = 0; c < calls; c++)
        {
            HelperInfo helper = helpers[random.Next(helpers.Length)];
            for (int a = 1; a <= 5; a++) Argument(text, random, a, a <= helper.Arguments.Count ? helper.Arguments[a - 1] : ArgumentKind.Anything);
            text.AppendLine(CultureInfo.InvariantCulture, $"call {helper.Name}");
            text.AppendLine("r7 = r0");
            if (random.Next(8) == 0) text.AppendLine(CultureInfo.InvariantCulture, $"r0 = *(u64 *)(r7 + {random.Next(16)})");
        }

        text.AppendLine("r0 = 0\nexit");
        text.AppendLine(".function visit\nr0 = *(u64 *)(r2 + 0)\nr0 &= 1\nexit");
        return text.ToString();
    }

    private static void Argument(StringBuilder text, Random random, int register, ArgumentKind kind)
    {
        // Mostly what the prototype asks for, so that the inside of helpers is reached, else anything.
        bool honest = random.Next(5) != 0;
        switch (kind)
        {
            case ArgumentKind.Context when honest: text.AppendLine(CultureInfo.InvariantCulture, $"r{register} = r6"); return;
            case ArgumentKind.ConstMap when honest: text.AppendLine(CultureInfo.InvariantCulture, $"r{register} = m{random.Next(5)} ll"); return;
            case ArgumentKind.Function when honest: text.AppendLine(CultureInfo.InvariantCulture, $"r{register} = visit ll"); return;
            case ArgumentKind.Size or ArgumentKind.SizeOrZero or ArgumentKind.ConstSize or ArgumentKind.Scalar or ArgumentKind.Anything when honest:
                text.AppendLine(CultureInfo.InvariantCulture, $"r{register} = {(random.Next(6) == 0 ? random.Next() : random.Next(33))}");
                return;
            default:
                text.AppendLine(random.Next(7) switch
                {
                    0 => $"r{register} = r6",
                    1 => $"r{register} = {random.Next(int.MinValue, int.MaxValue)}",
                    2 => $"r{register} = r7",
                    3 => $"r{register} = 0",
                    4 => $"r{register} = m{random.Next(5)} ll",
                    _ => $"r{register} = r10\nr{register} += {-8 * random.Next(-1, 70)}",
                });
                return;
        }
    }
}
