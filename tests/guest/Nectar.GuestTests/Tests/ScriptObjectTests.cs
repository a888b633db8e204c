// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using Nectar.Bpf.Diagnostics;
using Nectar.GuestTests.Harness;
using Nectar.Trace;
using Nectar.Trace.Language.Binding;
using Nectar.Trace.Language.Syntax;
using Nectar.Trace.Lowering;
using Nectar.Trace.Planning;
using Nectar.Trace.Planning.Objects;
using Nectar.Trace.Probes;

namespace Nectar.GuestTests.Tests;

/// <summary>Scripts that were compiled on the machine outside, with its types, and run as objects in a guest, where structs are laid out otherwise.</summary>
internal static class ScriptObjectTests
{
    // 12345 is the process that ScriptRun.Work asks for; scripts in objects have no parameters.
    private static readonly (string Name, string Text)[] s_scripts =
    [
        ("script-kprobe", $$"""
            begin { printf("made %s %d\n", "outside", sizeof(struct task_struct *)); }
            kprobe:{{KprobeTests.Function}} /((struct pt_regs *)arg0).di == 12345/
            {
                @calls = count();
                @[func, ((struct pt_regs *)arg0).di] = sum(2);
                @same[curtask.comm == comm, curtask.real_parent.tgid >= 0] = count();
                @sizes = hist(((struct pt_regs *)arg0).di);
                @steps = lhist(((struct pt_regs *)arg0).di, 0, 20000, 5000);
                printf("%s: %d\n", comm == curtask.comm ? "ours" : "another's", ((struct pt_regs *)arg0).di);
            }
            kprobe:vfs_read { @read[str(((struct file *)arg0).f_path.dentry.d_name.name)] = count(); }
            kretprobe:{{KprobeTests.Function}} /(int32)retval == -3/ { @back = count(); }
            tracepoint:syscalls:sys_enter_getsid /args.pid == 12345/ { @traced[args.pid] = count(); }
            """),
        ("script-fentry", $$"""
            fentry:vfs_read { @read[str(args.file.f_path.dentry.d_name.name), args.count > 0] = count(); }
            fexit:{{KprobeTests.Function}} /args.regs.di == 12345/ { @back[(int32)retval] = count(); }
            rawtracepoint:sys_enter /arg1 == 124/ { @raw = count(); }
            """),
    ];

    internal static readonly GuestTest[] All =
    [
        new("script_object/kprobe_and_tracepoint", () => Prints("script-kprobe", "@calls: 5", $"@[({KprobeTests.Function}, 12345)]: 10", "@same[(true, true)]: 5", "@back: 5", "@traced[12345]: 5", "@read[osrelease]", "[8192, 16384): 5", "[10000, 15000): 5", "made outside 8", "ours: 12345"), Needs.Root, Needs.Kprobes, Needs.ScriptObject("script-kprobe")),
        new("script_object/fentry", () => Prints("script-fentry", "@read[(osrelease, true)]", "@back[-3]: 5", "@raw: "), Needs.Root, Needs.Trampolines, Needs.ScriptObject("script-fentry")),
    ];

    /// <summary>Makes the objects, on the machine outside; 1 if one cannot be made here.</summary>
    internal static int Write(string folder)
    {
        int code = 0;
        foreach ((string name, string text) in s_scripts)
        {
            DiagnosticBag diagnostics = new();
            AttachOptions attach = new();
            TracePlan? plan = TraceCompiler.Compile(new SourceText(name + ".bt", text), new ParseOptions(), new BindOptions { Attach = attach }, LoweringOptions.ForFile(3, null, null, null), diagnostics);
            if (plan is not null) File.WriteAllBytes(Path.Combine(folder, name + ".bpf.o"), ScriptObject.Write(plan, text));
            else code = 1;
            ScriptDiagnostics.Print(diagnostics.Items, Console.Error);
        }

        return code;
    }

    private static void Prints(string name, params string[] expected) => ScriptRun.PrintsObject(File.ReadAllBytes(Fixtures.Find(name)!), expected);
}
