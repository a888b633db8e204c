// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

namespace Nectar.Cli.Tracing;

/// <summary>What <c>nectar trace --help</c> prints.</summary>
internal static class TraceHelp
{
    /// <summary>The version of the language that scripts may ask for.</summary>
    internal const string LanguageVersion = "0.27.0";

    internal const string Text = """
        nectar trace: asks a running system a question in bpftrace's language

        USAGE:
            nectar trace [options] -e 'script' [parameters]
            nectar trace [options] FILE|- [parameters]
            nectar trace -l [pattern|FILE]
            behind --: named parameters of the script (--name=value)

        OPTIONS:
            -e 'script'       run this script
            -l, --list        list hooks, or those of a script; with -v their arguments
            -v, --verbose     what was loaded; with -l: what programs can read there
            -p, --pid PID     only this process
            -c, --cmd CMD     start CMD and trace it
            -o, --output FILE write results to FILE
            -f FORMAT         text, json; of stacks: folded, pprof, svg
            -B MODE           buffering of the output: line, full, none
            -q, --quiet       results only
            -k, --warnings    report helpers that fail
            --no-warnings     no warnings
            -I DIR            look for included files there
            --include FILE    include FILE first
            --debuginfo DIRS  look for debug information there
            --traceable-functions FILE
                              functions that kprobes take, instead of the kernel's list
            --unsafe          allow system(), signal(), override() and their like
            --info            what this kernel has
            -h, --help        this
            -V, --version     version

        BEYOND BPFTRACE:
            --fallback        take the nearest hook where the kernel lacks one, and say which;
                              --fallback=fentry (kprobe, tracepoint): that kind wherever it does the same
            --strict          signed division and shifts as in C, counters and keys that lose nothing
            --explain         the probes, the code of each, and what each event cost
            --top N           the N greatest entries of each map, refreshed each second
            --record FILE     keep all events and maps
            --replay FILE     print them again, in any format

        READ AND WITHOUT EFFECT HERE:
            --usdt-file-activation (the kernel counts), --dwarf-pid, --emit-llvm, --verify-llvm-ir, -b

        FOR DEVELOPERS:
            --fmt             print the script in canonical form
            --dry-run         end when everything is attached
            --test, --bench   run the test: or bench: probes
            --probe-filter RE only probes with matching names
            -d STAGE          print a stage and go on (--mode codegen: end): parse, ast, types,
                              codegen, codegen-opt, dis, libbpf, verifier, all
            --no-feature LIST do without kprobe_multi, uprobe_multi: a link for each hook
            --emit-elf FILE   write the object, and end
            --aot FILE        write the script as a file that can be executed, and end

        EXAMPLES:
            nectar trace -e 'tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }'
                count system calls by process
            nectar trace -e 'tracepoint:syscalls:sys_enter_openat { printf("%s %s\n", comm, str(args.filename)); }'
                who opens which file
            nectar trace -e 'profile:hz:99 { @[kstack] = count(); }' -f svg -o flame.svg
                a flame graph of the kernel
            nectar trace -l '*sleep*'
                hooks with sleep in their name
        """;
}
